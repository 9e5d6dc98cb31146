// KODWire
