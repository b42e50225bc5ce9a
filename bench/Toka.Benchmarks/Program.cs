using BenchmarkDotNet.Running;
using Toka.Benchmarks.TimeSeries;

// `quick` prints one pass of the store's figures in seconds; everything else goes to BenchmarkDotNet.
if (args is ["quick"])
{
    await QuickFigures.PrintAsync();
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
