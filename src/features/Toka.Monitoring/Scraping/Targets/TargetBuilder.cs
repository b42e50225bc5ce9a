using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Toka.Configuration.Binding;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Labels.Relabelling;
using Toka.Core.Targets;
using Toka.Monitoring.Discovery;
using Toka.Monitoring.Scraping.Options;

namespace Toka.Monitoring.Scraping.Targets;

/// <summary>Makes targets of what was found. Not thread-safe.</summary>
/// <remarks>
/// Source: Prometheus, <c>relabel_config</c>: the labels that a target starts with, those that relabelling may set
/// (<c>__address__</c>, <c>__scheme__</c>, <c>__metrics_path__</c>, <c>__param_…</c>, <c>__scrape_interval__</c>,
/// <c>__scrape_timeout__</c>), and that all that begin with two underscores are left out at the end.
/// </remarks>
internal sealed class TargetBuilder
{
    /// <summary>Dropped targets of a job that are kept to be shown, count, where <c>keep_dropped_targets</c> sets no limit.</summary>
    public const int DroppedMax = 10_000;

    /// <summary>The longest interval: a year.</summary>
    private const long DurationMsMax = 365L * 86_400_000;

    private static readonly SearchValues<char> s_notAddress = SearchValues.Create("/?#@ \\");

    private readonly ScrapeJobOptions _job;
    private readonly Relabeller _relabelling;
    private readonly LabelSetBuilder _labels = new();
    private readonly List<ScrapeTarget> _active = [];
    private readonly List<DroppedTarget> _dropped = [];

    public TargetBuilder(ScrapeJobOptions job)
    {
        _job = job;
        _relabelling = new Relabeller(job.RelabelConfigs);
    }

    /// <summary>The targets that are to be scraped, each once.</summary>
    public IReadOnlyList<ScrapeTarget> Active => _active;

    /// <summary>Those that are not, as many as are kept.</summary>
    public IReadOnlyList<DroppedTarget> Dropped => _dropped;

    /// <summary>How many are not.</summary>
    public int DroppedCount { get; private set; }

    /// <summary>Makes the targets of all groups.</summary>
    public void Build(IEnumerable<TargetGroup> groups)
    {
        var known = new HashSet<(LabelSet, string)>();
        foreach (var group in groups)
        {
            foreach (var found in group.Targets)
            {
                if (TryBuild(group, found, out var target, out var discovered, out var reason))
                {
                    if (known.Add(target.Identity))
                    {
                        _active.Add(target);
                    }

                    continue;
                }

                DroppedCount++;
                if (_dropped.Count < (_job.KeepDroppedTargets > 0 ? Math.Min(_job.KeepDroppedTargets, DroppedMax) : DroppedMax))
                {
                    _dropped.Add(new DroppedTarget(_job.JobName, discovered, reason));
                }
            }
        }
    }

    private bool TryBuild(TargetGroup group, LabelSet found, [NotNullWhen(true)] out ScrapeTarget? target, out LabelSet discovered, out string reason)
    {
        target = null;
        discovered = Discover(group, found);
        reason = "relabel_configs drop it";
        try
        {
            if (_relabelling.Apply(_labels))
            {
                target = Finish(discovered);
                return true;
            }
        }
        catch (BadInputException e)
        {
            reason = e.Message;
        }

        return false;
    }

    private LabelSet Discover(TargetGroup group, LabelSet found)
    {
        _labels.Clear();
        foreach (var label in group.Labels)
        {
            _labels.Set(label.Name, label.Value);
        }

        foreach (var label in found)
        {
            _labels.Set(label.Name, label.Value);
        }

        SetMissing("job", _job.JobName);
        SetMissing("__scrape_interval__", ConfigUnits.FormatDuration((long)_job.ScrapeInterval.TotalMilliseconds));
        SetMissing("__scrape_timeout__", ConfigUnits.FormatDuration((long)_job.ScrapeTimeout.TotalMilliseconds));
        SetMissing("__metrics_path__", _job.MetricsPath);
        SetMissing("__scheme__", _job.Scheme);
        foreach (var (name, values) in _job.Params)
        {
            if (values.Count > 0)
            {
                SetMissing("__param_" + name, values[0]);
            }
        }

        return _labels.Build();
    }

    private ScrapeTarget Finish(LabelSet discovered)
    {
        var address = ValueOf("__address__");
        var scheme = ValueOf("__scheme__");
        if (address.Length == 0)
        {
            throw new BadInputException("it has no __address__; give it one of the form HOST:PORT");
        }

        if (scheme is not ("http" or "https"))
        {
            throw new BadInputException($"__scheme__ is \"{scheme}\"; it must be http or https");
        }

        if (address.AsSpan().ContainsAny(s_notAddress))
        {
            throw new BadInputException($"__address__ \"{address}\" is no HOST:PORT; a path goes into __metrics_path__, a scheme into __scheme__");
        }

        var interval = Duration("__scrape_interval__");
        var timeout = Duration("__scrape_timeout__");
        if (timeout > interval)
        {
            throw new BadInputException($"__scrape_timeout__ {ValueOf("__scrape_timeout__")} is longer than __scrape_interval__ {ValueOf("__scrape_interval__")}; it must not be");
        }

        if (!Uri.TryCreate($"{scheme}://{address}{PathOf(ValueOf("__metrics_path__"))}{QueryOf()}", UriKind.Absolute, out var url))
        {
            throw new BadInputException($"__address__ \"{address}\" is no HOST:PORT");
        }

        SetMissing("instance", address);
        foreach (var label in _labels.Build())
        {
            if (label.Name.StartsWith("__"u8))
            {
                _labels.Remove(label.Name);
            }
        }

        return new ScrapeTarget(url, _labels.Build(), discovered, interval, timeout);
    }

    private TimeSpan Duration(string label)
    {
        var text = ValueOf(label);
        return ConfigUnits.TryParseDuration(text, out var ms) && ms is > 0 and <= DurationMsMax
            ? TimeSpan.FromMilliseconds(ms)
            : throw new BadInputException($"{label} is \"{text}\"; it must be a duration like 15s, from 1ms to 1y");
    }

    private static string PathOf(string path) => path.Length == 0 || path[0] == '/' ? path : "/" + path;

    /// <summary>The query: the first value of each parameter as relabelling left it, the others as configured.</summary>
    private string QueryOf()
    {
        var parts = new List<string>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, values) in _job.Params)
        {
            known.Add(name);
            var first = ValueOf("__param_" + name);
            parts.AddRange(values.Select((value, i) => Part(name, i == 0 && first.Length > 0 ? first : value)));
        }

        foreach (var (name, value) in _labels.Build().ToPairs())
        {
            if (name.StartsWith("__param_", StringComparison.Ordinal) && !known.Contains(name["__param_".Length..]))
            {
                parts.Add(Part(name["__param_".Length..], value));
            }
        }

        return parts.Count == 0 ? "" : "?" + string.Join('&', parts);

        static string Part(string name, string value) => $"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}";
    }

    private string ValueOf(string label) =>
        _labels.TryGet(Encoding.UTF8.GetBytes(label), out var value) ? Encoding.UTF8.GetString(value) : "";

    private void SetMissing(string name, string value)
    {
        if (ValueOf(name).Length == 0)
        {
            _labels.Set(name, value);
        }
    }
}
