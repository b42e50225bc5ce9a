using Toka.Load.Runs;

return args switch
{
    ["record", "host", var directory, var minutes] => await RecordRun.HostAsync(directory, RecordRun.Minutes(minutes)),
    ["record", "scrapes", var directory, var file] => await RecordRun.ScrapesAsync(directory, file, null),
    ["record", "scrapes", var directory, var file, var seconds] => await RecordRun.ScrapesAsync(directory, file, RecordRun.Seconds(seconds)),
    ["bytes", var directory] => await BytesRun.PrintAsync(directory),
    ["series", var count] => await SeriesRun.PrintAsync(Number(count), alone: false),
    ["series", var count, "alone"] => await SeriesRun.PrintAsync(Number(count), alone: true),
    ["queries"] => await QueriesRun.PrintAsync(alone: false),
    ["queries", "alone"] => await QueriesRun.PrintAsync(alone: true),
    ["seal", var count] => await SealRun.PrintAsync(Number(count)),
    _ => Usage(),
};

static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

static int Usage()
{
    Console.Error.WriteLine(
        """
        Toka beside Debian's prometheus and victoria-metrics, each on the same data on this machine.

          record host DIR MINUTES     watches this host at 1 s and keeps what it sees in DIR
          record scrapes DIR FILE [SECONDS]
                                      keeps the scrapes of FILE in DIR: text exposition, each begun by a line "# SCRAPE <ms>"; .gz is unpacked;
                                      with SECONDS each is put so long after the one before
          bytes DIR                   stores what was recorded in DIR in each of them: bytes per sample on disk
          queries [alone]             asks each of them, or toka alone, a fixed set of questions about 18 million samples: cold and warm
          seal N                      seals N series of toka's store while they are written: how long, and how long writers wait
          series N [alone]            writes N series into each of them, or into toka alone: memory per series, restart to first answer

        Needs: apt-get install prometheus victoria-metrics; for `series` and `queries` also a built toka (TOKA_BINARY, else artifacts/toka/aot/toka).
        """);
    return 2;
}
