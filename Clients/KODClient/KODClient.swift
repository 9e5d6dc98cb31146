// KODClient
