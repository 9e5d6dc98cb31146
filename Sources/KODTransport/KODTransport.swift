// KODTransport
