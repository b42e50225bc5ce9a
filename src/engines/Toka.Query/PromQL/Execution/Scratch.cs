using Toka.Core.Series;
using Toka.Query.PromQL.Functions;

namespace Toka.Query.PromQL.Execution;

/// <summary>
/// What reading one series needs for the moment. Sources hold nothing of it, so that several threads can read different series
/// of one source: <see cref="QueryContext.Rent"/> lends one, disposing gives it back.
/// </summary>
internal sealed class Scratch(QueryContext context) : IDisposable
{
    private RateColumns? _rates;

    /// <summary>Samples as they come from the store, stale markers among them.</summary>
    public FloatColumn Raw { get; private set; } = new();

    /// <summary>Samples for a window to move over.</summary>
    public FloatColumn Floats { get; private set; } = new();

    /// <summary>Native histograms, stale ones among them where the source says so.</summary>
    public HistogramColumn Histograms { get; } = new();

    /// <summary>Room for another copy of <see cref="Histograms"/>.</summary>
    public HistogramColumn OtherHistograms { get; } = new();

    /// <summary>Summaries as they come from the store.</summary>
    public SummaryColumn RawSummaries { get; } = new();

    /// <summary>Summaries for a window to move over.</summary>
    public SummaryColumn Summaries { get; } = new();

    /// <summary>When the series' counter began.</summary>
    public StartTimes Starts { get; } = new();

    /// <summary>What is found once about the series in <see cref="Floats"/>.</summary>
    public SeriesChanges Changes { get; } = new();

    /// <summary>Computes rates.</summary>
    public RateColumns Rates => _rates ??= new();

    /// <summary>A column of another length, or a second series.</summary>
    public StepColumn Steps { get; } = new(1);

    /// <summary>Makes <see cref="Raw"/> the samples for a window to move over.</summary>
    public void SwapFloats() => (Raw, Floats) = (Floats, Raw);

    /// <summary>Gives it back to its query, which uses it again.</summary>
    public void Dispose() => context.Return(this);

    /// <summary>Gives its arrays back to the pool.</summary>
    public void Free()
    {
        Raw.Dispose();
        Floats.Dispose();
        Histograms.Dispose();
        OtherHistograms.Dispose();
        RawSummaries.Dispose();
        Summaries.Dispose();
        Starts.Dispose();
        Steps.Dispose();
    }
}
