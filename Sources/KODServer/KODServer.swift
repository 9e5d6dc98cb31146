// KODServer
