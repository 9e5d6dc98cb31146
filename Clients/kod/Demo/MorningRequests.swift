/// The morning that ships with `kod demo`. The same form is read from a file with `--requests FILE`.
///
/// Columns: time of day, the partner's reference, help type, language, county, name, telephone, notes, and minutes
/// after which the partner cancels (mostly empty). Names and 555-01xx numbers are made up.
enum MorningRequests {
  static let csv = """
    at,reference,help_type,language,county,name,phone,notes,cancel_after
    08:01,R-1001,application,English,Fayette,Maria Whitaker,859-555-0101,first application,
    08:05,R-1002,application,Spanish,Jefferson,Lucia Hernandez,502-555-0102,prefers mornings,
    08:09,R-1003,plan,English,Pike,Earl Ratliff,606-555-0103,lost coverage in May,
    08:14,R-1004,plan,English,Warren,Dana Cole,270-555-0104,comparing two plans,
    08:19,R-1005,application,English,McCracken,Wade Tucker,270-555-0105,,
    08:23,R-1006,both,Russian,Kenton,Olga Petrova,859-555-0106,moved here in June,
    08:30,R-1007,plan,English,Boone,Tim Schroder,859-555-0107,self-employed,
    08:38,R-1008,application,Arabic,Warren,Samira Haddad,270-555-0108,two children,
    08:47,R-1009,application,English,Jefferson,Pat Newman,502-555-0109,,
    08:48,R-1010,application,English,Jefferson,Toni Reese,502-555-0110,,
    08:49,R-1011,application,English,Bullitt,Al Bishop,502-555-0111,works nights,
    08:50,R-1012,application,English,Jefferson,Kim Dorsey,502-555-0112,,
    08:51,R-1013,application,English,Jefferson,Ray Simms,502-555-0113,hard of hearing,
    09:02,R-1014,both,English,Floyd,June Hall,606-555-0114,,
    09:07,R-1015,application,Kinyarwanda,Warren,Jean Uwimana,270-555-0115,needs an interpreter,
    09:13,R-1016,plan,English,Christian,Bo Fuller,270-555-0116,near Fort Campbell,
    09:22,R-1017,application,Spanish,Fayette,Jorge Ramos,859-555-0117,horse farm season,
    09:26,R-1018,application,Japanese,Daviess,Aiko Mori,270-555-0118,,
    09:30,R-1019,both,English,Pulaski,Nell Godby,606-555-0119,,6
    09:35,R-1020,application,Russian,Jefferson,Viktor Orlov,502-555-0120,,
    09:38,R-1021,plan,English,Franklin,Ross Perry,502-555-0121,turning 26,
    09:46,R-1022,application,English,Calloway,Ivy Starks,270-555-0122,student,
    09:55,R-1023,plan,English,Pike,Gene Ford,606-555-0123,the mine has closed,
    09:55,R-1024,plan,English,Pike,Rosa Bell,606-555-0124,the mine has closed,
    09:56,R-1025,plan,English,Pike,Hank Oliver,606-555-0125,the mine has closed,
    09:56,R-1026,plan,English,Pike,Lee Justice,606-555-0126,the mine has closed,
    10:10,R-1027,application,English,Fayette,Fay Monroe,859-555-0127,call the second number,
    10:17,R-1028,both,English,Graves,Cole Mayfield,270-555-0128,,
    10:26,R-1029,application,English,Jefferson,Nan Whitlock,502-555-0129,,
    10:32,R-1030,plan,English,Harlan,Dell Creech,606-555-0130,,
    """
}
