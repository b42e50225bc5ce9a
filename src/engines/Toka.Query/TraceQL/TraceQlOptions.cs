namespace Toka.Query.TraceQL;

/// <summary>What searches by TraceQL may take.</summary>
public sealed record TraceQlOptions
{
    /// <summary>
    /// The most traces that a search looks at which a store cannot decide alone. Default 10,000: what is read in some seconds.
    /// At least 1.
    /// </summary>
    public int TracesMax { get; init; } = 10_000;

    /// <summary>The most spans that are read at once, of one trace or of several. Default 200,000, about 100 MB. At least 1.</summary>
    public int SpansMax { get; init; } = 200_000;

    /// <summary>The longest that a search takes; what was found until then is returned, and said to be cut. Default 30 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The most steps of series. Default 11,000, as of PromQL.</summary>
    public int StepsMax { get; init; } = 11_000;

    /// <summary>The most series that are returned; the largest stay. Default 1,000.</summary>
    public int SeriesMax { get; init; } = 1_000;

    /// <summary>The most attributes that <c>compare</c> looks at; each asks the store twice. Default 40.</summary>
    public int ComparedKeysMax { get; init; } = 40;
}
