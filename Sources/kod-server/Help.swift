/// What `--help` prints.
enum Help {
  static let overview = """
    kod-server: the kynect On Demand server.

    usage:
      kod-server run [options]                 serve until SIGTERM
      kod-server principal import FILE         create principals in bulk (no server running)
      kod-server --version
      kod-server COMMAND --help

    Exit statuses: 0 done, 1 refused or failed, 2 bad usage,
    74 the log could not be synced (outcomes of calls in flight are unknown).

    """

  static let run = """
    usage: kod-server run --dev [options]
           kod-server run --data DIR --certificate FILE --key FILE [options]

      --dev                   make a development CA, a certificate for loopback and the demo
                              principals with their tokens, below DIR/dev; once
      --data DIR              data directory (with --dev: kod-data)
      --listen HOST:PORT      address (127.0.0.1:7443); port 0 picks a free one
      --certificate FILE      PEM chain, leaf first
      --key FILE              PEM private key
      --loops N               I/O threads (as many as cores)
      --credential-lifetime TIME
                              how long a renewed token is valid, at most (90d)

    Policy; what is not given stays as the data directory has it:
      --preset NAME           phase15, serial, lapse_to_mass, one_shot
      --offer-window TIME     how long a general offer is open (15m)
      --general-phase TIME    from the first general offer to the mass referral (15m)
      --mass-window TIME      how long a mass referral is open (15m)
      --callback-promise TIME from the request to the call (30m)
      --misses N              general offers missed in a row that de-register (3)
      --capacity N            open assignments of one assister

    Prints 'listening HOST:PORT' once it serves. TIME is a number and ms, s, m, h or d.
    SIGTERM, SIGINT and SIGHUP end it cleanly (SIGHUP not under nohup). The log goes to standard
    error; lines that nobody takes are dropped and counted.
    """

  static let principal = """
    usage: kod-server principal import FILE [--data DIR] [--credentials OUTDIR]
                                        [--lifetime TIME]

    Creates the principals that FILE lists, and writes one OUTDIR/NAME.token each, readable by
    the owner only. The data directory must not be in use. '-' reads standard input.
    The tokens end after --lifetime, a number and s, m, h or d (none: never); their owners renew
    them before, by RenewCredential.

    FILE is comma-separated with this first line:
      name,role,kind,languages,counties,capacity
    which may go on with phone, email and time_zone, in any order.
    role: assister, intake_partner, supervisor, operator, auditor, notifier. For assisters, which
    are registered at once, around the clock: kind agent or kynector; languages and counties (FIPS
    codes; none: the whole state) separated by spaces; capacity: open assignments (none: the
    policy's); phone (+ and digits) and email for notices; time_zone an IANA name (none:
    America/Kentucky/Louisville). An assister without kind and languages gets a credential only
    and registers itself, with 'kod register'; capacity may be given, nothing else. All others
    have a name and a role.
    Lines that begin with '#' are skipped.
      alice,assister,kynector,en es,21067,5
      iris,assister,,,,
      portal,intake_partner,,,,
    """
}
