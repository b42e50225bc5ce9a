using System.Globalization;
using Toka.Core.Samples;

namespace Toka.Query.PromQL.Scripts.Reading;

/// <summary>Reads a native histogram: <c>{{schema:1 sum:3 count:22 buckets:[5 10 7]}}</c>.</summary>
internal sealed class HistogramParser
{
    private const string Keys =
        "schema, sum, count, z_bucket, z_bucket_w, buckets, offset, n_buckets, n_offset, custom_values and counter_reset_hint";

    private readonly LineReader _line;
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private int _schema;
    private int _offset;
    private int _negativeOffset;
    private double _sum;
    private double _count;
    private double _zeroCount;
    private double _zeroThreshold;
    private double[] _positive = [];
    private double[] _negative = [];
    private double[] _customValues = [];
    private HistogramResetHint _hint;

    private HistogramParser(LineReader line) => _line = line;

    public static NativeHistogram Parse(LineReader line, out bool isHintGiven)
    {
        var parser = new HistogramParser(line);
        var histogram = parser.Parse();
        isHintGiven = parser._seen.Contains("counter_reset_hint");
        return histogram;
    }

    private NativeHistogram Parse()
    {
        var start = _line.Position;
        _line.TryTake("{{");
        _line.SkipBlanks();
        while (!_line.TryTake("}}"))
        {
            if (_line.IsAtEnd)
            {
                throw _line.Fault(start, "the histogram is not closed by }}");
            }

            ParseField();
            _line.SkipBlanks();
        }

        var layout = new HistogramLayout(_schema, _zeroThreshold, Spans(_offset, _positive), Spans(_negativeOffset, _negative), _customValues);
        var fault = HistogramRule.Check(layout);
        return fault == HistogramFault.None
            ? new NativeHistogram(layout, _hint, _zeroCount, _count, _sum, [.. _positive, .. _negative])
            : throw _line.Fault(start, $"the histogram cannot be: {HistogramRule.Sentence(fault)}");
    }

    private static HistogramSpan[] Spans(int offset, double[] buckets) => buckets.Length == 0 ? [] : [new HistogramSpan(offset, buckets.Length)];

    private void ParseField()
    {
        var start = _line.Position;
        while (char.IsAsciiLetter(_line.Current) || _line.Current == '_')
        {
            _line.Position++;
        }

        var key = _line.From(start);
        if (!_line.TryTake(":"))
        {
            throw _line.Fault(start, $"a part KEY:VALUE of a histogram is missing here; keys are {Keys}");
        }

        if (!_seen.Add(key))
        {
            throw _line.Fault(start, $"{key} is given twice");
        }

        SetField(key, start);
    }

    private void SetField(string key, int start)
    {
        switch (key)
        {
            case "schema":
                _schema = TakeWhole();
                break;
            case "sum":
                _sum = PointParser.TakeNumber(_line);
                break;
            case "count":
                _count = PointParser.TakeNumber(_line);
                break;
            case "z_bucket":
                _zeroCount = PointParser.TakeNumber(_line);
                break;
            case "z_bucket_w":
                _zeroThreshold = PointParser.TakeNumber(_line);
                break;
            case "buckets":
                _positive = TakeList();
                break;
            case "offset":
                _offset = TakeWhole();
                break;
            case "n_buckets":
                _negative = TakeList();
                break;
            case "n_offset":
                _negativeOffset = TakeWhole();
                break;
            case "custom_values":
                _customValues = TakeList();
                break;
            case "counter_reset_hint":
                _hint = TakeHint();
                break;
            default:
                throw _line.Fault(start, $"\"{key}\" is no part of a histogram; there are {Keys}");
        }
    }

    private int TakeWhole()
    {
        var start = _line.Position;
        if (_line.Current is '-' or '+')
        {
            _line.Position++;
        }

        while (char.IsAsciiDigit(_line.Current))
        {
            _line.Position++;
        }

        return int.TryParse(_line.From(start), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw _line.Fault(start, "a whole number is missing here");
    }

    private double[] TakeList()
    {
        if (!_line.TryTake("["))
        {
            throw _line.Fault("a list such as [1 2 3] is missing here");
        }

        var values = new List<double>();
        _line.SkipBlanks();
        while (!_line.TryTake("]"))
        {
            values.Add(PointParser.TakeNumber(_line));
            _line.SkipBlanks();
        }

        return [.. values];
    }

    private HistogramResetHint TakeHint()
    {
        var start = _line.Position;
        while (char.IsAsciiLetter(_line.Current) || _line.Current == '_')
        {
            _line.Position++;
        }

        return _line.From(start) switch
        {
            "unknown" => HistogramResetHint.Unknown,
            "reset" => HistogramResetHint.Reset,
            "not_reset" => HistogramResetHint.NoReset,
            "gauge" => HistogramResetHint.Gauge,
            var word => throw _line.Fault(start, $"\"{word}\" is no hint of resets; hints are unknown, reset, not_reset and gauge"),
        };
    }
}
