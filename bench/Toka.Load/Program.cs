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
    ["scrape", var file, var targets, var seconds] => await ScrapeRun.PrintAsync(file, Number(targets), Number(seconds), alone: false),
    ["scrape", var file, var targets, var seconds, "alone"] => await ScrapeRun.PrintAsync(file, Number(targets), Number(seconds), alone: true),
    ["seal", var count] => await SealRun.PrintAsync(Number(count)),
    ["remote-write", var targets, var series, var rounds, var churn] => await RemoteWriteRun.PrintAsync(Number(targets), Number(series), Number(rounds), Number(churn), alone: false),
    ["remote-write", var targets, var series, var rounds, var churn, "alone"] => await RemoteWriteRun.PrintAsync(Number(targets), Number(series), Number(rounds), Number(churn), alone: true),
    ["spans", var count] => await SpansRun.PrintAsync(Number(count), 0, null),
    ["spans", var count, var rate] => await SpansRun.PrintAsync(Number(count), Number(rate), null),
    ["spans", var count, var rate, var directory] => await SpansRun.PrintAsync(Number(count), Number(rate), directory),
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
          remote-write TARGETS SERIES ROUNDS CHURN [alone]
                                      sends the same remote write 1.0 to each of them, or to toka alone: ROUNDS samples, 15 s apart, of SERIES series of
                                      each of TARGETS; each round CHURN percent of the targets are new. Samples taken per second of processor time
          scrape FILE TARGETS SECONDS [alone]
                                      lets each of them, or toka alone, scrape FILE (text exposition) from so many targets each second, for so many
                                      seconds: samples scraped and stored per second of processor time
          spans N [RATE [DIR]]        writes N spans into toka's store of spans and logs, RATE a second (0: as fast as it goes), and searches them: spans
                                      stored per second of processor time, bytes a span, memory, times of searches; what is in DIR already is only searched
          seal N                      seals N series of toka's store while they are written: how long, and how long writers wait
          series N [alone]            writes N series into each of them, or into toka alone: memory per series, restart to first answer

        Needs: apt-get install prometheus victoria-metrics; for `series`, `queries`, `remote-write` and `scrape` also a built toka (TOKA_BINARY, else artifacts/toka/aot/toka).
        """);
    return 2;
}
