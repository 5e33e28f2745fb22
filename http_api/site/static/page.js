// The hosted login page: the ordinary widget, with what the server wrote into the page.
const place = document.getElementById("widget");
AuthBotsWidget.init({
  app_id: place.dataset.appId,
  poll_type: "status",
  return_url: place.dataset.returnUrl,
  locale: place.dataset.locale,
  // So that nothing moves when the login comes. None: the bots are just starting.
  platforms: place.dataset.platforms.split(" ").filter(Boolean),
  container: place,
  mode: "inline",
  base_url: location.origin,
});
