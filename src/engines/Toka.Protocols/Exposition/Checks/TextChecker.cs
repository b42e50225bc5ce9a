using System.Text;
using Toka.Core.Labels;

namespace Toka.Protocols.Exposition.Checks;

/// <summary>
/// Says whether a whole exposition keeps the rules of Prometheus's text format 0.0.4. Source: Prometheus, "Exposition formats".
/// </summary>
public sealed class TextChecker
{
    private readonly ExpositionReport _report = new();
    private readonly LabelSetBuilder _builder = new();
    private readonly HashSet<string> _closed = new(StringComparer.Ordinal);
    private readonly HashSet<LabelSet> _series = [];
    private readonly Dictionary<LabelSet, BucketCheck> _histograms = [];
    private readonly bool _isLinting;
    private CheckedFamily? _family;

    private TextChecker(bool isLinting) => _isLinting = isLinting;

    /// <summary>Checks an exposition.</summary>
    /// <param name="body">All of it.</param>
    /// <param name="isLinting">Whether good practice is looked at too.</param>
    /// <param name="limits">What lines may have; the defaults where it is null.</param>
    public static ExpositionReport Check(ReadOnlySpan<byte> body, bool isLinting = false, ExpositionLimits? limits = null)
    {
        var checker = new TextChecker(isLinting);
        var reader = new ExpositionTextReader(body, isOpenMetrics: false, limits);
        var lines = 0;
        while (reader.Next())
        {
            lines = reader.Line;
            switch (reader.Entry)
            {
                case ExpositionEntry.Fault:
                    checker._report.AddFault(reader.Fault);
                    break;
                case ExpositionEntry.Sample:
                    checker.CheckSample(ref reader);
                    break;
                case ExpositionEntry.Type or ExpositionEntry.Help:
                    checker.Describe(ref reader);
                    break;
            }
        }

        if (!body.IsEmpty && !body.EndsWith("\n"u8))
        {
            checker._report.AddFault(lines, 1, "the last line does not end with a line feed; the exposition may have been cut");
        }

        checker.Close();
        checker._report.Sort();
        return checker._report;
    }

    private void Describe(ref ExpositionTextReader reader)
    {
        var name = Encoding.UTF8.GetString(reader.Family);
        if (_family?.Name != name)
        {
            Open(name, reader.Line);
        }

        var family = _family!;
        var isType = reader.Entry == ExpositionEntry.Type;
        if (isType && family.HasSamples)
        {
            _report.AddFault(reader.Line, 1, $"{name} has its TYPE after its samples; write it before them");
        }
        else if (isType ? family.DeclaredType is not null : family.HasHelp)
        {
            _report.AddFault(reader.Line, 1, $"{name} has its {(isType ? "TYPE" : "HELP")} twice; leave one of them out");
        }

        if (isType)
        {
            family.DeclaredType = family.HasSamples ? family.DeclaredType : reader.Type;
        }
        else
        {
            (family.HasHelp, family.IsHelpEmpty) = (true, reader.Text.IsEmpty);
        }
    }

    private void CheckSample(ref ExpositionTextReader reader)
    {
        _report.Samples++;
        _builder.Clear();
        reader.ReadLabels(_builder, asWritten: true);
        var labels = _builder.Build();
        var name = labels[LabelSet.MetricName];
        if (SuffixOf(name) is not { } suffix)
        {
            Open(name, reader.Line);
            suffix = "";
        }

        var family = _family!;
        family.HasSamples = true;
        if (_isLinting)
        {
            family.Note(labels);
        }

        if (HasUnknownEscape(reader.Series))
        {
            _report.AddFault(reader.Line, 1, "a backslash stands before another character than \\, \" and n; write it as \\\\");
        }

        if (!_series.Add(labels))
        {
            _report.AddFault(reader.Line, 1, $"{labels} was there before; leave one of them out");
        }

        if (FaultOf(family, suffix, labels, ref reader) is { } fault)
        {
            _report.AddFault(reader.Line, 1, fault);
        }
    }

    /// <summary>The names of 0.0.4: counters have the family's own, and nothing says when they began.</summary>
    private string? SuffixOf(string name) =>
        _family is not { } family ? null
        : name == family.Name ? ""
        : family.Type is ExpositionType.Summary or ExpositionType.Histogram && family.SuffixOf(name) is { } suffix and not "_created" ? suffix
        : null;

    private string? FaultOf(CheckedFamily family, string suffix, LabelSet labels, ref ExpositionTextReader reader)
    {
        if (family.Type == ExpositionType.Summary && suffix.Length == 0)
        {
            return labels.TryGet("quantile", out var quantile) && ExpositionNumber.TryParse(quantile, out _)
                ? null
                : "a sample of a summary needs the label quantile with a number; its sum and its count are named _sum and _count";
        }

        if (family.Type != ExpositionType.Histogram || suffix.Length == 0)
        {
            return family.Type == ExpositionType.Histogram ? "a histogram has only samples of _bucket, _sum and _count" : null;
        }

        var hasBound = labels.TryGet("le", out var text);
        _builder.Remove("__name__"u8);
        _builder.Remove("le"u8);
        var group = _builder.Build();
        if (!_histograms.TryGetValue(group, out var buckets))
        {
            _histograms.Add(group, buckets = new BucketCheck(reader.Line));
        }

        switch (suffix)
        {
            case "_sum":
                buckets.AddSum(reader.Value, reader.Line);
                return null;
            case "_count":
                buckets.AddCount(reader.Value, reader.Line);
                return null;
            default:
                return hasBound && ExpositionNumber.TryParse(text, out var bound) && !double.IsNaN(bound)
                    ? buckets.AddBucket(bound, reader.Value, reader.Line)
                    : "a bucket needs the label le with its upper bound, a number or +Inf";
        }
    }

    private static bool HasUnknownEscape(ReadOnlySpan<byte> series)
    {
        for (var at = series.IndexOf((byte)'\\'); at >= 0 && at + 1 < series.Length;)
        {
            if (series[at + 1] is not ((byte)'\\' or (byte)'"' or (byte)'n'))
            {
                return true;
            }

            var next = series[(at + 2)..].IndexOf((byte)'\\');
            at = next < 0 ? -1 : at + 2 + next;
        }

        return false;
    }

    private void Open(string name, int line)
    {
        Close();
        _family = new CheckedFamily(name, line);
        if (_closed.Contains(name))
        {
            _report.AddFault(line, 1, $"{name} had lines before others came; write all lines of a metric in one place");
        }
    }

    private void Close()
    {
        if (_family is not { } family)
        {
            return;
        }

        _family = null;
        _report.Families += _closed.Add(family.Name) ? 1 : 0;
        foreach (var buckets in _histograms.Values)
        {
            if (buckets.Finish(isGauge: false, isStrict: false) is { } fault)
            {
                _report.AddFault(fault.Line, 1, fault.Message);
            }
        }

        _histograms.Clear();
        if (_isLinting)
        {
            MetricLint.Check(family, isOpenMetrics: false, _report);
        }
    }
}
