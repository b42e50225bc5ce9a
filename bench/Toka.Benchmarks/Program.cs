using System.Globalization;
using BenchmarkDotNet.Running;
using Toka.Benchmarks.Monitoring;
using Toka.Benchmarks.Protocols;
using Toka.Benchmarks.Protocols.Otlp;
using Toka.Benchmarks.TimeSeries;

// `quick` prints one pass of the store's figures in seconds; everything else goes to BenchmarkDotNet.
if (args is ["quick"])
{
    await QuickFigures.PrintAsync();
    return;
}

// `stored DIR` measures what a stopped server has stored under DIR/metrics, without changing it.
if (args is ["stored", var data])
{
    await StoredFigures.PrintAsync(Path.Combine(data, "metrics"));
    return;
}

// `codecs DIR [--every N] [--column N] [--list]` encodes the columns of a stopped server's store, every N-th sample.
if (args is ["codecs", var store, .. var options])
{
    int Option(string name, int otherwise) =>
        Array.IndexOf(options, name) is >= 0 and var at ? int.Parse(options[at + 1], CultureInfo.InvariantCulture) : otherwise;
    await CodecFigures.PrintAsync(Path.Combine(store, "metrics"), Option("--every", 1), Option("--column", 8192), options.Contains("--list"));
    return;
}

// `blocks [SERIES]` writes blocks of node_exporter's labels, a million series by default, and prints sizes and times.
if (args is ["blocks", ..])
{
    BlockFigures.Print(args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 1_000_000);
    return;
}

// `patterns` matches 10,000 values of a label with regular expressions, and with .NET's engine for comparison.
if (args is ["patterns"])
{
    PatternFigures.Print();
    return;
}

// `exposition FILE… [--seconds N] [--only floor|entries|labels|check]` reads expositions again and again: MB and samples a
// second, by what is done with a sample.
if (args is ["exposition", .. var given])
{
    string? Given(string name) => Array.IndexOf(given, name) is >= 0 and var at ? given[at + 1] : null;
    string[] files = [.. given.TakeWhile(static word => !word.StartsWith("--", StringComparison.Ordinal))];
    ExpositionFigures.Print(files, double.Parse(Given("--seconds") ?? "2", CultureInfo.InvariantCulture), Given("--only"));
    return;
}

// `otlp [gauge|sum|histogram|exponential|summary|spans|span-events…] [--seconds N]` decodes requests of OTLP metrics and traces, beside
// Google.Protobuf: points or spans a second of a core, and what one leaves to the garbage collector.
if (args is ["otlp", .. var kinds])
{
    var seconds = Array.IndexOf(kinds, "--seconds") is >= 0 and var at ? double.Parse(kinds[at + 1], CultureInfo.InvariantCulture) : 4;
    string[] wanted = [.. kinds.TakeWhile(static word => !word.StartsWith("--", StringComparison.Ordinal))];
    wanted = wanted.Length > 0 ? wanted : [.. OtlpRequests.All.Select(static all => all.Kind), .. OtlpSpanRequests.All.Select(static all => all.Kind)];
    if (wanted.Intersect(OtlpRequests.All.Select(static all => all.Kind)).Any())
    {
        OtlpFigures.Print(wanted, seconds);
    }

    if (wanted.Intersect(OtlpSpanRequests.All.Select(static all => all.Kind)).Any())
    {
        OtlpSpanFigures.Print(wanted, seconds);
    }

    return;
}

// `scrape FILE… [--seconds N]` makes batches of expositions again and again, as a scraper does with a target that it knows, and
// of a target that it does not know: MB and samples a second on one core.
if (args is ["scrape", .. var bodies])
{
    var seconds = Array.IndexOf(bodies, "--seconds") is >= 0 and var at ? double.Parse(bodies[at + 1], CultureInfo.InvariantCulture) : 2;
    ScrapeFigures.Print([.. bodies.TakeWhile(static word => !word.StartsWith("--", StringComparison.Ordinal))], seconds);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
