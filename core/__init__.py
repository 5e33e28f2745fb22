"""What Gatepost is about: logins, people, apps and tokens. It knows no wires: no HTTP, no SQL, no messenger."""

__version__ = "0.1.0"
