// The page's side of the emulator's control API.

export async function ask(path, { body, signal } = {}) {
  const response = await fetch(`/control/${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

// Tells `show` the state of a person's phone, now, after each change and now and then, until `signal` says
// stop: some things, as somebody's typing, end without a change.
export async function watchPhone(person, show, signal) {
  let revision = -1;
  let pause = 500;
  while (!signal.aborted) {
    try {
      const state = await ask(`phone?person=${person}&revision=${revision}&wait=25`, { signal });
      show(state);
      revision = state.revision;
      pause = 500;
    } catch (error) {
      if (signal.aborted) return;
      revision = -1;
      await new Promise((resume) => setTimeout(resume, pause));
      pause = Math.min(pause * 2, 5000);
    }
  }
}
