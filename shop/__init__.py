"""The demo's example shop: a website that uses Gatepost over HTTP like any other, and knows nothing of its code."""
