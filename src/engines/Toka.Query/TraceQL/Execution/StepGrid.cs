using Toka.Core.Attributes;
using Toka.Core.Searching;
using Toka.Query.Results;

namespace Toka.Query.TraceQL.Execution;

/// <summary>The steps of series.</summary>
/// <param name="StartNs">When the first begins, ns since the Unix epoch.</param>
/// <param name="StepNs">How long each is, ns.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Range">When spans must have begun.</param>
internal readonly record struct StepGrid(long StartNs, long StepNs, int Count, EventRange Range)
{
    public static StepGrid Of(TraceQlSeriesRequest request, int stepsMax)
    {
        var range = request.Range;
        if (range.ToNs < range.FromNs || range.FromNs < 0)
        {
            throw new QueryException(QueryErrorType.BadData, "the end of the range is expected to be after its beginning, and both after 1970");
        }

        if (request.IsInstant)
        {
            return new StepGrid(range.FromNs, Math.Max(1, range.ToNs - range.FromNs), 1, range);
        }

        if (request.StepNs <= 0)
        {
            throw new QueryException(QueryErrorType.BadData, "the step is expected to be longer than 0");
        }

        var start = range.FromNs - (range.FromNs % request.StepNs);
        var count = ((range.ToNs - start) / request.StepNs) + 1;
        return count <= stepsMax
            ? new StepGrid(start, request.StepNs, (int)count, range)
            : throw new QueryException(QueryErrorType.BadData, $"{count} steps, and at most {stepsMax} are possible; take a longer step or a shorter range");
    }

    /// <summary>The step that a moment within the range is in.</summary>
    public int StepOf(long timeNs) => (int)Math.Min((timeNs - StartNs) / StepNs, Count - 1);

    /// <summary>What holds of spans of the range, where the first step begins before it.</summary>
    public Condition Within => StartNs >= Range.FromNs
        ? Condition.Always
        : new Condition.Compare(new Field(FieldKind.Time), Comparison.GreaterOrEqual, AttributeValue.Of(Range.FromNs));

    /// <summary>The length of a step in seconds.</summary>
    public double Seconds => StepNs / 1e9;
}
