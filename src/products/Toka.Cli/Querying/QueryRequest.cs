namespace Toka.Cli.Querying;

/// <summary>A query as the command line asked for it.</summary>
/// <param name="Expression">PromQL.</param>
/// <param name="FromMs">The moment of an instant query, or the first of a range; ms since the Unix epoch.</param>
/// <param name="ToMs">The last moment.</param>
/// <param name="StepMs">The distance of two moments; 0 for an instant query.</param>
internal sealed record QueryRequest(string Expression, long FromMs, long ToMs, long StepMs)
{
    public bool IsRange => StepMs > 0;

    /// <summary>Whether raw samples answer wherever they are kept, also where summaries would do.</summary>
    public bool PrefersRaw { get; init; }

    /// <summary>Whether the answer tells what each part of the expression cost.</summary>
    public bool WantsProfile { get; init; }

    public static QueryRequest Instant(string expression, long timeMs) => new(expression, timeMs, timeMs, 0);

    public static QueryRequest Range(string expression, long fromMs, long toMs, long stepMs) => new(expression, fromMs, toMs, stepMs);
}
