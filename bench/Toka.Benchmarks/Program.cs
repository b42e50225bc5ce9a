using BenchmarkDotNet.Running;
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

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
