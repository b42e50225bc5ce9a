using System.Text;
using Toka.Core.Labels;

namespace Toka.Protocols.Exposition.Checks;

/// <content>Samples, alone and together with those before them.</content>
public sealed partial class OpenMetricsChecker
{
    /// <summary>The most characters of an exemplar's label names and values together.</summary>
    private const int ExemplarCharactersMax = 128;

    private readonly HashSet<LabelSet> _groups = [];
    private readonly HashSet<LabelSet> _seriesOfPoint = [];
    private LabelSet? _group;
    private double? _time;
    private BucketCheck? _buckets;

    private void BeginGroups()
    {
        _groups.Clear();
        _seriesOfPoint.Clear();
        (_group, _time, _buckets) = (null, null, null);
    }

    private void CheckSample(ref ExpositionTextReader reader)
    {
        _report.Samples++;
        _builder.Clear();
        reader.ReadLabels(_builder, asWritten: true);
        var labels = _builder.Build();
        var name = labels[LabelSet.MetricName];
        var suffix = _family?.SuffixOf(name);
        if (suffix is null && _family?.Name == name)
        {
            _report.AddFault(reader.Line, 1, $"{name} is the name of the family; of its type the samples are named {string.Join(" or ", CheckedFamily.SuffixesOf(_family.Type).ToArray().Select(ending => name + ending))}");
        }
        else if (suffix is null)
        {
            // A name that the family before does not have begins one of its own, of which nothing is known.
            Open(name, reader.Line);
        }

        suffix ??= "";
        var family = _family!;
        family.HasSamples = true;
        if (_isLinting)
        {
            family.Note(labels);
        }

        void Say(ref ExpositionTextReader at, string? fault)
        {
            if (fault is not null)
            {
                _report.AddFault(at.Line, 1, fault);
            }
        }

        Say(ref reader, FaultOfLabels(family, suffix, labels));
        Say(ref reader, FaultOfValue(family, suffix, reader.Value));
        if (reader.HasExemplar)
        {
            Say(ref reader, FaultOfExemplar(family, suffix, ref reader));
        }

        if (reader.Entry == ExpositionEntry.Sample && reader.CreatedMs is not null)
        {
            Say(ref reader, "st@ is of OpenMetrics 2.0; write the start as a sample of _created");
        }

        double? time = ExpositionNumber.TryParse(reader.TimestampText, out var seconds) ? seconds : null;
        Say(ref reader, FaultOfGroup(family, labels, time));
        Say(ref reader, AddToPoint(family, suffix, labels, reader.Value, reader.Line));
    }

    private static string? FaultOfLabels(CheckedFamily family, string suffix, LabelSet labels)
    {
        if (suffix == "_bucket")
        {
            return FaultOfBound(labels, "le", double.NegativeInfinity, double.PositiveInfinity, "a bucket needs the label le with its upper bound, a number or +Inf");
        }

        if (family.Type == ExpositionType.Summary && suffix.Length == 0)
        {
            return FaultOfBound(labels, "quantile", 0, 1, "a quantile needs the label quantile, a number from 0 to 1");
        }

        return family.Type == ExpositionType.StateSet && !labels.TryGet(family.Name, out _)
            ? $"a state needs the label {family.Name}, named as the family, with the state's name"
            : null;
    }

    private static string? FaultOfBound(LabelSet labels, string label, double least, double most, string fault) =>
        labels.TryGet(label, out var text) && ExpositionNumber.TryParse(text, out var bound) && bound >= least && bound <= most
            && (!double.IsPositiveInfinity(bound) || text.SequenceEqual("+Inf"u8))
            ? null
            : fault;

    private static string? FaultOfValue(CheckedFamily family, string suffix, double value) => (family.Type, suffix) switch
    {
        (ExpositionType.StateSet, _) when value is not (0 or 1) => "a state is 0 or 1",
        (ExpositionType.Info, _) when value != 1 => "an info is always 1; what it says is in its labels",
        (ExpositionType.Summary, "") when value < 0 => "a quantile must not be negative",
        (_, "_total" or "_sum" or "_count" or "_bucket" or "_gcount" or "_gsum") when double.IsNaN(value) => $"{suffix} is NaN; what is counted and added up is a number",
        (_, "_total" or "_sum" or "_count" or "_bucket" or "_gcount") when value < 0 => $"{suffix} is negative; it counts up from 0",
        (_, "_created") when !double.IsFinite(value) => "_created is not a time; write seconds since the Unix epoch",
        _ => null,
    };

    private static string? FaultOfExemplar(CheckedFamily family, string suffix, ref ExpositionTextReader reader) =>
        !(family.Type == ExpositionType.Counter && suffix == "_total") && suffix != "_bucket" ? "only the _total of counters and the buckets of histograms may have an exemplar"
        : reader.ExemplarCharacters() is > ExemplarCharactersMax and var characters ? $"the exemplar's labels have {characters} characters; {ExemplarCharactersMax} is the most"
        : null;

    /// <summary>Samples that differ in <c>le</c>, <c>quantile</c> or the state alone are one group: they stand together, and times rise within.</summary>
    private string? FaultOfGroup(CheckedFamily family, LabelSet labels, double? time)
    {
        _builder.Remove("__name__"u8);
        switch (family.Type)
        {
            case ExpositionType.Histogram or ExpositionType.GaugeHistogram:
                _builder.Remove("le"u8);
                break;
            case ExpositionType.Summary:
                _builder.Remove("quantile"u8);
                break;
            case ExpositionType.StateSet:
                _builder.Remove(family.Name);
                break;
        }

        var group = _builder.Build();
        if (!group.Equals(_group))
        {
            FinishPoint();
            _seriesOfPoint.Clear();
            (_group, _time) = (group, time);
            _seriesOfPoint.Add(labels);
            return _groups.Add(group) ? null : "these labels had samples before others came; write all lines of a metric in one place";
        }

        var before = _time;
        if (before is null != time is null)
        {
            return "some samples of this metric have a timestamp and some have not; give all one, or none";
        }

        if (time != before)
        {
            FinishPoint();
            _seriesOfPoint.Clear();
            _time = time;
        }

        if (time < before)
        {
            return "the timestamp is before that of the sample before; times of a metric must rise";
        }

        // The same time twice is taken for single values, as it may be one time written in two ways.
        return _seriesOfPoint.Add(labels) || (time is not null && family.Type is not (ExpositionType.Histogram or ExpositionType.GaugeHistogram))
            ? null
            : "the same series was there before; leave one of them out, or give both timestamps";
    }

    private string? AddToPoint(CheckedFamily family, string suffix, LabelSet labels, double value, int line)
    {
        if (family.Type is not (ExpositionType.Histogram or ExpositionType.GaugeHistogram))
        {
            return null;
        }

        _buckets ??= new BucketCheck(line);
        switch (suffix)
        {
            case "_bucket" when labels.TryGet("le", out var text) && ExpositionNumber.TryParse(text, out var bound):
                return _buckets.AddBucket(bound, value, line);
            case "_sum" or "_gsum":
                _buckets.AddSum(value, line);
                break;
            case "_count" or "_gcount":
                _buckets.AddCount(value, line);
                break;
        }

        return null;
    }

    private void FinishPoint()
    {
        if (_buckets?.Finish(_family?.Type == ExpositionType.GaugeHistogram, isStrict: true) is { } fault)
        {
            _report.AddFault(fault.Line, 1, fault.Message);
        }

        _buckets = null;
    }
}
