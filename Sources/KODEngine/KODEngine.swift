// KODEngine
