"""The emulated WhatsApp Cloud API, and the WhatsApp app on people's phones."""
