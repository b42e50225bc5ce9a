using Toka.Configuration.Binding;
using Toka.Core.Attributes;
using Toka.Core.Searching;

namespace Toka.Tracing.TailSampling;

/// <summary>How traces are chosen once they are whole (<c>tracing.tail_sampling</c>). Immutable.</summary>
public sealed record TailSamplingOptions
{
    /// <summary>Policies, count: each is asked of each trace.</summary>
    public const int PoliciesMax = 64;

    /// <summary>Whether traces are chosen at all. Default false: all are kept.</summary>
    public bool IsEnabled { get; init; }

    /// <summary>How long no span of a trace must have come to decide on it. Default 5 s; 100 ms to 5 min.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a trace is held at most from its first span on. Default 30 s; 1 s to 10 min.</summary>
    public TimeSpan WaitMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of spans that are held. Default 64 MiB; 1 MiB to 16 GiB. Where there are more the oldest trace is decided on at once.</summary>
    public long BytesMax { get; init; } = 64L << 20;

    /// <summary>Traces that are held. Default 50,000; 100 to 10,000,000. Where there are more the oldest is decided on at once.</summary>
    public int TracesMax { get; init; } = 50_000;

    /// <summary>Decisions that are remembered for late spans. Default 200,000, some 20 MB; 1,000 to 10,000,000. The oldest goes.</summary>
    public int DecisionsMax { get; init; } = 200_000;

    /// <summary>The policies, in order. Default: errors, what takes 1 s, operations with fewer than 5 traces an hour, and a tenth of the rest. What none keeps is dropped.</summary>
    public IReadOnlyList<SamplingPolicy> Policies { get; init; } =
    [
        new ErrorPolicy("errors"),
        new LatencyPolicy("slow", TimeSpan.FromSeconds(1)),
        new RarePolicy("rare", 5, TimeSpan.FromHours(1)),
        new ProbabilisticPolicy("rest", 0.1),
    ];

    /// <summary>Reads the section <c>tracing.tail_sampling</c>.</summary>
    /// <param name="section">The section.</param>
    public static TailSamplingOptions Bind(ConfigSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var fallback = new TailSamplingOptions();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var policies = section.List("policies", PoliciesMax, "Reasons to keep a trace, in order; what none of them keeps is dropped.", item => BindPolicy(item, names));
        var options = new TailSamplingOptions
        {
            IsEnabled = section.Boolean("enabled", fallback.IsEnabled, "Whether traces are chosen by policies once they are whole; else all are kept."),
            Quiet = section.Duration("quiet", fallback.Quiet, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5), "How long no span of a trace must have come to decide on it."),
            WaitMax = section.Duration("wait_max", fallback.WaitMax, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10), "How long a trace is held at most from its first span on."),
            BytesMax = section.Size("bytes_max", fallback.BytesMax, 1L << 20, 16L << 30, "The most bytes of spans held; where there are more the oldest trace is decided on at once.", "64MB") ?? fallback.BytesMax,
            TracesMax = section.Integer("traces_max", fallback.TracesMax, 100, 10_000_000, "The most traces held; where there are more the oldest is decided on at once."),
            DecisionsMax = section.Integer("decisions_max", fallback.DecisionsMax, 1000, 10_000_000, "Decisions that are remembered for late spans."),
            Policies = policies.Count > 0 ? [.. policies] : fallback.Policies,
        };
        if (options.Quiet > options.WaitMax)
        {
            section.Fault(section.Has("quiet") ? "quiet" : "wait_max", "quiet is longer than wait_max, which would then always come first; it must not be");
        }

        return options;
    }

    private static SamplingPolicy BindPolicy(ConfigSection section, HashSet<string> names)
    {
        var name = section.RequiredText("name", "The policy's name in counters and answers.");
        if (name.Length > 0 && (name.Length > 64 || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')))
        {
            section.Fault("name", "must have 1 to 64 letters, digits, '_' or '-'");
        }
        else if (name.Length > 0 && !names.Add(name))
        {
            section.Fault("name", $"\"{name}\" is taken by another policy; choose another name");
        }

        var type = section.Choice(
            "type", null,
            [("error", "error"), ("latency", "latency"), ("rare", "rare"), ("attribute", "attribute"), ("rate", "rate"), ("probabilistic", "probabilistic")],
            "What the policy keeps traces by.");
        var rootOnly = section.Boolean("root_only", false, "For error: whether the root must have failed; an attempt that was made again is then no error.");
        var least = section.Duration("least", TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1), "For latency: how long a trace takes at least.");
        var traces = section.Integer("traces_min", 5, 1, 1_000_000, "For rare: an operation with fewer traces in the window is rare.");
        var window = section.Duration("window", TimeSpan.FromHours(1), TimeSpan.FromSeconds(10), TimeSpan.FromDays(1), "For rare: how long a window is.");
        var key = section.OptionalText("key", null, "For attribute: the key, of the span, its resource or an event.");
        var values = section.Texts("values", 100, "For attribute: the values, one of which must be there; empty for any.");
        var rate = section.Number("traces_per_second", 10, 0.001, 1_000_000, "For rate: how many traces a second of each service that traces begin at.");
        var ratio = section.Number("ratio", 0.1, 0, 1, "For probabilistic: the share of traces.");
        if (type == "attribute" && key is null)
        {
            section.Fault("key", "is needed by a policy of type attribute; say which key");
        }

        return type switch
        {
            "latency" => new LatencyPolicy(name, least),
            "rare" => new RarePolicy(name, traces, window),
            "attribute" => new AttributePolicy(name, ConditionOf(key ?? "", values)),
            "rate" => new RatePolicy(name, rate),
            "probabilistic" => new ProbabilisticPolicy(name, ratio),
            _ => new ErrorPolicy(name, rootOnly),
        };
    }

    /// <summary>An attribute that is there, or that is one of some values written as text.</summary>
    internal static Condition ConditionOf(string key, IReadOnlyList<string> values) => values.Count == 0
        ? new Condition.Compare(Field.Attribute(key), Core.Searching.Comparison.Exists)
        : new Condition.Any([.. values.Select(value => new Condition.Compare(Field.Attribute(key), Core.Searching.Comparison.TextEqual, AttributeValue.Of(value)))]);
}
