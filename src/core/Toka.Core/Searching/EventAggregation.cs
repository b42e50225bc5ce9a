using Toka.Core.Attributes;

namespace Toka.Core.Searching;

/// <summary>What to count of spans or log records, by time and by fields.</summary>
public sealed record EventAggregation
{
    /// <summary>The most fields to group by: 5.</summary>
    public const int GroupsMax = 5;

    /// <summary>Buckets of <see cref="EventGroup.Buckets"/> for each doubling: 8, so that a value is told within 4.5 %.</summary>
    public const int BucketsPerDoubling = 8;

    /// <summary>What is counted.</summary>
    public Condition Condition { get; init; } = Condition.Always;

    /// <summary>When: the start of spans, the time of log records.</summary>
    public required EventRange Range { get; init; }

    /// <summary>Groups by time: ns of a step, counted from <see cref="EventRange.FromNs"/>; 0 for no such groups.</summary>
    public long StepNs { get; init; }

    /// <summary>Groups by these fields, at most <see cref="GroupsMax"/>.</summary>
    public IReadOnlyList<Field> By { get; init; } = [];

    /// <summary>What is summed up: a number. Null to count alone. What has no such number is in no group.</summary>
    public Field? Measure { get; init; }

    /// <summary>Whether a histogram of <see cref="Measure"/> is wanted too.</summary>
    public bool WithBuckets { get; init; }

    /// <summary>The most groups to return; the rest is left out, and <see cref="SearchCost.IsCut"/> says so.</summary>
    public int Limit { get; init; } = 10_000;
}

/// <summary>A group of an <see cref="EventAggregation"/>.</summary>
/// <param name="Step">The number of the step, from 0.</param>
/// <param name="By">The fields' values; of kind <see cref="AttributeKind.None"/> where there is none.</param>
/// <param name="Count">How many there are. With a measure: how many have a number.</param>
/// <param name="Sum">The sum of the measure.</param>
/// <param name="Min">The smallest; NaN without a measure.</param>
/// <param name="Max">The largest; NaN without a measure.</param>
/// <param name="Buckets">
/// How many measures are in each bucket, by ascending number: bucket b holds those above 2^((b−1)/8) up to 2^(b/8); what is 0 or
/// less is in the bucket <see cref="int.MinValue"/>. Empty where it was not asked for.
/// </param>
public sealed record EventGroup(int Step, IReadOnlyList<AttributeValue> By, long Count, double Sum, double Min, double Max, IReadOnlyList<KeyValuePair<int, long>> Buckets);

/// <summary>What an <see cref="EventAggregation"/> gives: groups by ascending step, and of one step those with the most first.</summary>
/// <param name="Groups">The groups.</param>
/// <param name="Cost">What was looked at.</param>
public sealed record EventGroups(IReadOnlyList<EventGroup> Groups, SearchCost Cost);
