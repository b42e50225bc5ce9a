namespace Toka.Query;

/// <summary>One question to a query engine.</summary>
/// <param name="Expression">PromQL.</param>
/// <param name="StartMs">The moment of an instant query, or the first step of a range; ms since the Unix epoch.</param>
/// <param name="EndMs">No step of a range lies behind this moment; the same as <paramref name="StartMs"/> for an instant query.</param>
/// <param name="StepMs">The distance of two steps of a range in ms, above 0; not looked at for an instant query.</param>
/// <param name="IsRange">Whether a range was asked for, of however many steps.</param>
public sealed record QueryRequest(string Expression, long StartMs, long EndMs, long StepMs, bool IsRange)
{
    /// <summary>How far a selector looks back for a sample; above 0. Default null: <see cref="QueryOptions.LookbackDelta"/>.</summary>
    public TimeSpan? LookbackDelta { get; init; }

    /// <summary>The longest that this query may take, where that is less than <see cref="QueryOptions.Timeout"/>. Default null.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether raw samples are read wherever they are kept, however long the step. Default false.</summary>
    public bool PrefersRaw { get; init; }

    /// <summary>Whether the result tells what each part of the expression cost. Default false: measuring is not free.</summary>
    public bool WantsProfile { get; init; }

    /// <summary>Who asks. Default: nobody in particular.</summary>
    public QueryOrigin Origin { get; init; } = QueryOrigin.Internal;

    /// <summary>Told how far the evaluation has come; of this query alone. Default null.</summary>
    public QueryProgress? Progress { get; init; }

    /// <summary>An expression at one moment.</summary>
    /// <param name="expression">PromQL.</param>
    /// <param name="timeMs">The moment, ms since the Unix epoch.</param>
    public static QueryRequest Instant(string expression, long timeMs) => new(expression, timeMs, timeMs, 0, false);

    /// <summary>An expression at each step of a time range.</summary>
    /// <param name="expression">PromQL that gives a scalar or an instant vector.</param>
    /// <param name="startMs">The first step, ms since the Unix epoch.</param>
    /// <param name="endMs">No step lies behind this moment.</param>
    /// <param name="stepMs">The distance of two steps in ms, above 0.</param>
    public static QueryRequest Range(string expression, long startMs, long endMs, long stepMs) => new(expression, startMs, endMs, stepMs, true);
}
