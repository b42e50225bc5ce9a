using System.Text;
using System.Text.Unicode;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Core.Samples;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Exposition;

/// <summary>
/// Reads Prometheus's protobuf format, <c>io.prometheus.client.MetricFamily</c> messages each after its length, entry by entry
/// over a whole body, as <see cref="ExpositionTextReader"/> reads text. Each part of a summary and of a classic histogram is a
/// sample; a native histogram is one sample, and comes before the classic buckets that its message may have too. A metric or a
/// family that is malformed is a fault, and the reader goes on with the next one. Not thread-safe.
/// </summary>
/// <remarks>Source: Prometheus, client_model, metrics.proto. <c>le</c> and <c>quantile</c> are written as Prometheus 3 does.</remarks>
public ref partial struct ExpositionProtobufReader
{
    /// <summary>Malformed messages of one body; after as many the rest is given up, as each costs an exception.</summary>
    public const int MalformedMax = 100;

    private readonly ReadOnlySpan<byte> _body;
    private readonly ExpositionLimits _limits;
    private readonly NativeHistogramParser _native = new();
    private int _at;
    private int _familyAt;
    private bool _isEnded;
    private int _malformed;
    private string _fault = "";
    private int _faultAt;

    private ProtobufReader _metrics;
    private ReadOnlySpan<byte> _help;
    private ReadOnlySpan<byte> _unit;
    private Step _step;

    private ReadOnlySpan<byte> _metric;
    private ReadOnlySpan<byte> _content;
    private LabelPlace[] _labels = new LabelPlace[16];
    private int _labelCount;
    private ReadOnlySpan<byte> _labelBytes;
    private ReadOnlySpan<byte> _suffix;
    private ReadOnlySpan<byte> _boundLabel;
    private double _bound;
    private double _count;
    private double _sum;
    private bool _hasInfinity;
    private ProtobufReader _parts;
    private byte[] _key = [];

    private ReadOnlySpan<byte> _exemplar;
    private ReadOnlySpan<byte> _exemplarNow;
    private ProtobufReader _exemplars;
    private uint _exemplarTag;
    private bool _hasMoreExemplars;

    /// <summary>A reader before the first entry.</summary>
    /// <param name="body">The whole exposition. It must not change while it is read.</param>
    /// <param name="limits">What metrics may have; the defaults where it is null.</param>
    public ExpositionProtobufReader(ReadOnlySpan<byte> body, ExpositionLimits? limits = null)
    {
        _body = body;
        _limits = limits ?? ExpositionLimits.Default;
    }

    private enum Step
    {
        Family,
        Type,
        Help,
        Unit,
        Metrics,
        Classic,
        Buckets,
        Quantiles,
        Infinity,
        Sum,
        Count,
    }

    /// <summary>What the last <see cref="Next"/> came to.</summary>
    public ExpositionEntry Entry { get; private set; }

    /// <summary>The number of its message, from 1.</summary>
    public int Message { get; private set; }

    /// <summary>The family's name, of every entry but faults and the end.</summary>
    public ReadOnlySpan<byte> Family { get; private set; }

    /// <summary>The family's type.</summary>
    public ExpositionType Type { get; private set; }

    /// <summary>Of <see cref="ExpositionEntry.Help"/> and <see cref="ExpositionEntry.Unit"/>: the text.</summary>
    public readonly ReadOnlySpan<byte> Text => Entry == ExpositionEntry.Help ? _help : _unit;

    /// <summary>Of a sample: the value; NaN where it is a native histogram.</summary>
    public double Value { get; private set; }

    /// <summary>Of a sample: the native histogram; null where it is a float.</summary>
    public NativeHistogram? Histogram { get; private set; }

    /// <summary>Of a float sample: whether a native histogram with the same observations came before it.</summary>
    public bool IsClassicBesideNative { get; private set; }

    /// <summary>Of a sample: its time in ms since the Unix epoch; null where none is given.</summary>
    public long? TimestampMs { get; private set; }

    /// <summary>Of a sample: when its counter began, in ms since the Unix epoch; null where it is not said.</summary>
    public long? CreatedMs { get; private set; }

    /// <summary>Of an exemplar: the value.</summary>
    public double ExemplarValue { get; private set; }

    /// <summary>Of an exemplar: its time in ms since the Unix epoch; null where none is given.</summary>
    public long? ExemplarTimestampMs { get; private set; }

    /// <summary>Exemplars that were passed over because they are malformed or beyond the limits; after <see cref="MalformedMax"/> all are.</summary>
    public int ExemplarsRefused { get; private set; }

    /// <summary>Times of creation that were passed over because they are beyond the year 9999.</summary>
    public int CreatedRefused { get; private set; }

    /// <summary>Of <see cref="ExpositionEntry.Fault"/>: where and what.</summary>
    public readonly ExpositionFault Fault => new(Message, _faultAt + 1, _fault);

    /// <summary>
    /// Of a sample: bytes that are the same for the same series, and for it alone, wherever a target writes its labels in the
    /// same order; the key of a scraper's cache. The view ends with the next call of <see cref="Next"/>.
    /// </summary>
    public ReadOnlySpan<byte> Series
    {
        get
        {
            // 0xff is in no UTF-8 text, so the name ends at the first one; then come the part and its length, then the labels.
            var length = Family.Length + _suffix.Length + sizeof(double) + _labelBytes.Length + 2;
            if (_key.Length < length)
            {
                _key = new byte[length * 2];
            }

            var key = _key.AsSpan();
            Family.CopyTo(key);
            key[Family.Length] = 0xff;
            var part = key[(Family.Length + 2)..];
            _suffix.CopyTo(part);
            var partLength = _suffix.Length;
            if (!_boundLabel.IsEmpty)
            {
                BitConverter.TryWriteBytes(part[partLength..], _bound);
                partLength += sizeof(double);
            }

            key[Family.Length + 1] = (byte)partLength;
            _labelBytes.CopyTo(part[partLength..]);
            return key[..(Family.Length + 2 + partLength + _labelBytes.Length)];
        }
    }

    /// <summary>Goes to the next entry.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Next()
    {
        Entry = ExpositionEntry.None;
        while (!_isEnded && Entry == ExpositionEntry.None)
        {
            try
            {
                Entry = Go();
            }
            catch (BadInputException e)
            {
                Entry = Refuse(e.Message);
            }
        }

        return Entry != ExpositionEntry.None;
    }

    /// <summary>Of <see cref="ExpositionEntry.Help"/>: the text. Allocates the string.</summary>
    public readonly string ReadHelp() => Encoding.UTF8.GetString(_help);

    /// <summary>Of a sample: adds the metric's name as <c>__name__</c> and the labels to a builder.</summary>
    /// <param name="into">The builder; it is not cleared before.</param>
    public readonly void ReadLabels(LabelSetBuilder into)
    {
        ArgumentNullException.ThrowIfNull(into);
        Span<byte> name = stackalloc byte[Family.Length + _suffix.Length];
        Family.CopyTo(name);
        _suffix.CopyTo(name[Family.Length..]);
        into.Set("__name__"u8, name);
        foreach (ref readonly var label in _labels.AsSpan(0, _labelCount))
        {
            into.Set(_metric.Slice(label.NameStart, label.NameLength), _metric.Slice(label.ValueStart, label.ValueLength));
        }

        if (!_boundLabel.IsEmpty)
        {
            Span<byte> bound = stackalloc byte[BoundText.BytesMax];
            into.Set(_boundLabel, bound[..BoundText.Write(_bound, bound)]);
        }
    }

    /// <inheritdoc cref="ExpositionTextReader.HasLabel"/>
    public readonly bool HasLabel(ReadOnlySpan<byte> name)
    {
        foreach (ref readonly var label in _labels.AsSpan(0, _labelCount))
        {
            if (_metric.Slice(label.NameStart, label.NameLength).SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }

    private ExpositionEntry Go()
    {
        switch (_step)
        {
            case Step.Family:
                return BeginFamily();
            case Step.Type:
                _step = Step.Help;
                return ExpositionEntry.Type;
            case Step.Help:
                _step = Step.Unit;
                return Describe(_help, ExpositionEntry.Help);
            case Step.Unit:
                _step = Step.Metrics;
                return Describe(_unit, ExpositionEntry.Unit);
            case Step.Metrics:
                return NextMetric();
            default:
                return NextPart();
        }
    }

    private ExpositionEntry Describe(ReadOnlySpan<byte> text, ExpositionEntry entry) =>
        text.IsEmpty ? ExpositionEntry.None
        : Utf8.IsValid(text) ? entry
        : FailAt(_familyAt, "the family's help or unit is not valid UTF-8 and is left out");

    private ExpositionEntry BeginFamily()
    {
        if (_at == _body.Length)
        {
            _isEnded = true;
            return ExpositionEntry.End;
        }

        Message++;
        _familyAt = _at;
        var rest = new ProtobufReader(_body[_at..], MetricTags.Message);
        ReadOnlySpan<byte> family;
        try
        {
            family = rest.Bytes();
        }
        catch (BadInputException)
        {
            // Without this one's end nothing after it can be found.
            _isEnded = true;
            return FailAt(_at, "the length of the message goes beyond the body, which may have been cut; send each MetricFamily after its length, all of them");
        }

        _body.Overlaps(family, out var start);
        _at = family.IsEmpty ? _at + 1 : start + family.Length;
        return ReadFamily(family);
    }

    private ExpositionEntry ReadFamily(ReadOnlySpan<byte> family)
    {
        Family = _help = _unit = default;
        ulong type = 0;
        var reader = new ProtobufReader(family, MetricTags.Message);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case MetricTags.FamilyName:
                    Family = reader.Bytes();
                    break;
                case MetricTags.FamilyHelp:
                    _help = reader.Bytes();
                    break;
                case MetricTags.FamilyType:
                    type = reader.Varint();
                    break;
                case MetricTags.FamilyUnit:
                    _unit = reader.Bytes();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (FaultOf(Family, _limits.NameBytesMax, "the family's name") is { } fault)
        {
            return FailAt(_familyAt, fault);
        }

        if (type > 5)
        {
            return FailAt(_familyAt, $"the family has the type {type}; 0 to 5 are known");
        }

        ReadOnlySpan<ExpositionType> types =
            [ExpositionType.Counter, ExpositionType.Gauge, ExpositionType.Summary, ExpositionType.Unknown, ExpositionType.Histogram, ExpositionType.GaugeHistogram];
        Type = types[(int)type];
        _metrics = new ProtobufReader(family, MetricTags.Message);
        _step = Step.Type;
        return ExpositionEntry.None;
    }

    /// <summary>What an exception says becomes a fault; the rest of its metric, or of its family, is passed over.</summary>
    private ExpositionEntry Refuse(string message)
    {
        var at = _familyAt;
        if (_step >= Step.Metrics)
        {
            _body.Overlaps(_metric, out at);
            _step = Step.Metrics;
        }

        if (++_malformed < MalformedMax)
        {
            return FailAt(at, message);
        }

        _isEnded = true;
        return FailAt(at, $"{message}; after {MalformedMax} malformed messages the rest is not read");
    }

    private ExpositionEntry FailAt(int at, string message)
    {
        (_faultAt, _fault) = (at, message);
        return ExpositionEntry.Fault;
    }

    private ExpositionEntry FailMetric(string message)
    {
        _body.Overlaps(_metric, out var at);
        _step = Step.Metrics;
        return FailAt(at, message);
    }

    private static string? FaultOf(ReadOnlySpan<byte> name, int most, string what) =>
        name.IsEmpty ? $"{what} is empty; give it one"
        : name.Length > most ? $"{what} has more than {most} bytes; shorten it"
        : !Utf8.IsValid(name) ? $"{what} is not valid UTF-8"
        : null;

    private readonly record struct LabelPlace(int NameStart, int NameLength, int ValueStart, int ValueLength);
}
