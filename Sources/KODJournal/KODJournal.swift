// KODJournal
