using Toka.Core.Labels;
using Toka.Core.Samples;

namespace Toka.Query.PromQL.Scripts;

/// <summary>One command of a script.</summary>
/// <param name="Line">Its first line, from 1.</param>
internal abstract record ScriptCommand(int Line);

/// <summary><c>clear</c>: forgets all that was loaded.</summary>
internal sealed record ClearCommand(int Line) : ScriptCommand(Line);

/// <summary><c>load</c>: adds samples.</summary>
internal sealed record LoadCommand(int Line) : ScriptCommand(Line)
{
    /// <summary>The series, those made of classic histograms included.</summary>
    public List<LoadedSeries> Series { get; } = [];
}

/// <summary>A series to load.</summary>
/// <param name="Line">The line that it stands in.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Samples">Its samples, ascending in time.</param>
internal sealed record LoadedSeries(int Line, LabelSet Labels, IReadOnlyList<LoadedSample> Samples);

/// <summary>One sample to load.</summary>
/// <param name="TimestampMs">When, in ms since the Unix epoch.</param>
/// <param name="Point">A number, a histogram or a stale marker.</param>
/// <param name="CreatedMs">When its counter began; 0 where that is not known.</param>
internal readonly record struct LoadedSample(long TimestampMs, ScriptPoint Point, long CreatedMs = 0);

/// <summary><c>eval</c>: asks a query and says what must come.</summary>
internal sealed record EvalCommand(int Line, string Expression) : ScriptCommand(Line)
{
    /// <summary>Whether a range query is asked.</summary>
    public bool IsRange { get; init; }

    /// <summary>The moment of an instant query.</summary>
    public long AtMs { get; set; }

    /// <summary>The time of the first point of each line.</summary>
    public long StartMs { get; set; }

    /// <summary>No point lies behind this time.</summary>
    public long EndMs { get; set; }

    /// <summary>The distance of two points.</summary>
    public long StepMs { get; set; }

    /// <summary>What is expected beside the value.</summary>
    public List<Expectation> Expectations { get; } = [];

    /// <summary>Whether a range vector is the answer of an instant query.</summary>
    public bool IsRangeVector { get; set; }

    /// <summary>The text that must come; null for another kind of answer.</summary>
    public string? Text { get; set; }

    /// <summary>The scalar that must come; null for another kind of answer.</summary>
    public double? Scalar { get; set; }

    /// <summary>The series that must come, in the order of the lines.</summary>
    public List<ExpectedSeries> Series { get; } = [];

    /// <summary>Whether something is expected.</summary>
    public bool Expects(ExpectationKind kind) => Expectations.Exists(expectation => expectation.Kind == kind);
}

/// <summary>A series that must come.</summary>
/// <param name="Labels">Its labels.</param>
/// <param name="Points">Its points, one a step.</param>
internal sealed record ExpectedSeries(LabelSet Labels, IReadOnlyList<ScriptPoint> Points);

/// <summary>What a point is.</summary>
internal enum PointKind
{
    /// <summary>Nothing: <c>_</c>.</summary>
    Gap,

    /// <summary>A number.</summary>
    Number,

    /// <summary>The series ends here: <c>stale</c>.</summary>
    Stale,

    /// <summary>A native histogram.</summary>
    Histogram,
}

/// <summary>One point of a series.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Number">The number.</param>
/// <param name="Histogram">The histogram.</param>
/// <param name="IsHintGiven">Whether the script writes the histogram's hint of resets.</param>
internal readonly record struct ScriptPoint(PointKind Kind, double Number = 0, NativeHistogram? Histogram = null, bool IsHintGiven = false)
{
    public static ScriptPoint Of(double number) => new(PointKind.Number, number);

    public static ScriptPoint Of(NativeHistogram histogram, bool isHintGiven) => new(PointKind.Histogram, 0, histogram, isHintGiven);
}
