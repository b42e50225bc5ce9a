using Toka.Core.Searching;
using Toka.Core.Spans;
using Toka.Tracing.Sampling;

namespace Toka.Tracing.TailSampling;

/// <summary>Asks policies, and remembers what rare and rate need. Not thread-safe.</summary>
internal sealed class PolicyJudge
{
    /// <summary>The answer where no policy holds.</summary>
    public const int None = -1;

    /// <summary>Operations that are counted; of further ones nothing is said to be rare.</summary>
    private const int OperationsMax = 20_000;

    /// <summary>Services whose rates are told apart; further ones share one.</summary>
    private const int ServicesMax = 2000;

    private readonly IReadOnlyList<SamplingPolicy> _policies;
    private readonly ConditionEvaluator?[] _conditions;
    private readonly Windows?[] _windows;
    private readonly Dictionary<string, Bucket>?[] _buckets;

    public PolicyJudge(IReadOnlyList<SamplingPolicy> policies)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(policies.Count, TailSamplingOptions.PoliciesMax);
        _policies = policies;
        _conditions = [.. policies.Select(static policy => policy is AttributePolicy attribute ? new ConditionEvaluator(attribute.Condition) : null)];
        _windows = [.. policies.Select(static policy => policy is RarePolicy ? new Windows() : null)];
        _buckets = [.. policies.Select(static policy => policy is RatePolicy ? new Dictionary<string, Bucket>(StringComparer.Ordinal) : null)];
        HasConditions = Array.Exists(_conditions, static condition => condition is not null);
    }

    /// <summary>Whether spans must be shown to <see cref="Match"/>.</summary>
    public bool HasConditions { get; }

    /// <summary>The policies whose condition a span holds, as bits.</summary>
    public ulong Match(SpanRecord span)
    {
        var matched = 0UL;
        for (var i = 0; i < _conditions.Length; i++)
        {
            matched |= _conditions[i] is { } condition && condition.Holds(span) ? 1UL << i : 0;
        }

        return matched;
    }

    /// <summary>The first policy that keeps the trace already, whatever else comes of it.</summary>
    public int Early(TraceFacts facts)
    {
        for (var i = 0; i < _policies.Count; i++)
        {
            if (HoldsAlready(i, facts))
            {
                return i;
            }
        }

        return None;
    }

    /// <summary>Notes a trace on which a decision is made, for what is rare; then says which policy keeps it.</summary>
    /// <param name="facts">The trace.</param>
    /// <param name="nowMs">The time, ms since the Unix epoch; not before that of the last call.</param>
    public int Decide(TraceFacts facts, long nowMs)
    {
        var keeps = None;
        for (var i = 0; i < _policies.Count; i++)
        {
            // What is rare is counted of every trace, kept by another policy or not.
            var holds = _policies[i] is RarePolicy rare ? IsRare(rare, _windows[i]!, facts, nowMs) : keeps == None && Holds(i, facts, nowMs);
            keeps = keeps == None && holds ? i : keeps;
        }

        return keeps;
    }

    /// <summary>The threshold that a trace kept by a policy has to tell; 0 for a trace that stands for itself.</summary>
    public ulong ThresholdOf(int policy) => _policies[policy] is ProbabilisticPolicy probabilistic ? TraceStateSampling.ThresholdOf(probabilistic.Ratio) : 0;

    private bool HoldsAlready(int policy, TraceFacts facts) => _policies[policy] switch
    {
        ErrorPolicy error => error.RootOnly ? facts.IsRootFailed : facts.Errors > 0,
        LatencyPolicy latency => facts.DurationNs >= latency.Least.TotalNanoseconds,
        AttributePolicy => (facts.Matched & (1UL << policy)) != 0,
        _ => false,
    };

    private bool Holds(int policy, TraceFacts facts, long nowMs) => _policies[policy] switch
    {
        RatePolicy rate => HasToken(rate, _buckets[policy]!, facts, nowMs),
        ProbabilisticPolicy probabilistic => probabilistic.Ratio > 0 && facts.Random >= TraceStateSampling.ThresholdOf(probabilistic.Ratio),
        _ => HoldsAlready(policy, facts),
    };

    private static bool IsRare(RarePolicy policy, Windows windows, TraceFacts facts, long nowMs)
    {
        windows.Advance(nowMs, (long)policy.Window.TotalMilliseconds);
        var isRare = false;
        foreach (var operation in facts.Operations)
        {
            if (windows.Count(operation) is { } count)
            {
                isRare |= count < policy.TracesMin;
            }
        }

        return isRare;
    }

    private static bool HasToken(RatePolicy policy, Dictionary<string, Bucket> buckets, TraceFacts facts, long nowMs)
    {
        var service = buckets.Count < ServicesMax || buckets.ContainsKey(facts.Service) ? facts.Service : "";
        var most = Math.Max(1, policy.TracesPerSecond);
        var bucket = buckets.TryGetValue(service, out var known)
            ? known with { Tokens = Math.Min(most, known.Tokens + (Math.Max(0, nowMs - known.AtMs) / 1000.0 * policy.TracesPerSecond)), AtMs = Math.Max(nowMs, known.AtMs) }
            : new Bucket(most, nowMs);
        var has = bucket.Tokens >= 1;
        buckets[service] = has ? bucket with { Tokens = bucket.Tokens - 1 } : bucket;
        return has;
    }

    private readonly record struct Bucket(double Tokens, long AtMs);

    /// <summary>Counts of operations in this window and the one before.</summary>
    private sealed class Windows
    {
        private Dictionary<ulong, int> _current = [];
        private Dictionary<ulong, int> _previous = [];
        private long _startMs = long.MinValue;

        public void Advance(long nowMs, long lengthMs)
        {
            if (_startMs == long.MinValue)
            {
                _startMs = nowMs;
            }

            if (nowMs - _startMs < lengthMs)
            {
                return;
            }

            (_previous, _current) = nowMs - _startMs < 2 * lengthMs ? (_current, _previous) : ([], _previous);
            _current.Clear();
            _startMs = nowMs;
        }

        /// <summary>How many traces had the operation before this one; null where there are too many to count.</summary>
        public int? Count(ulong operation)
        {
            var isKnown = _current.TryGetValue(operation, out var count);
            if (!isKnown && _current.Count >= OperationsMax)
            {
                return null;
            }

            _current[operation] = count + 1;
            return count + _previous.GetValueOrDefault(operation);
        }
    }
}
