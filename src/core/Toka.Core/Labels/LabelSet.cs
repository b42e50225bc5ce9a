using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using System.Text;

namespace Toka.Core.Labels;

/// <summary>
/// An immutable label set: pairs of UTF-8 strings sorted by name (byte order), each name once, no empty value
/// (an empty value means absent). The name of a metric is the value of <c>__name__</c>. A series is its label set.
/// </summary>
/// <remarks>
/// Held as one byte array: for each pair a little-endian u16 name length, the name, a little-endian u16 value length, the
/// value. The encoding is canonical, so equality is equality of bytes, and the 64-bit XXH3 hash of the bytes finds a
/// series. Thread-safe: nothing changes after construction.
/// </remarks>
public sealed class LabelSet : IEquatable<LabelSet>, IComparable<LabelSet>
{
    /// <summary>The label that holds a metric's name.</summary>
    public const string MetricName = "__name__";

    /// <summary>The longest name or value, in bytes; the encoding's lengths are 16 bits wide.</summary>
    public const int TextBytesMax = ushort.MaxValue;

    /// <summary>The label set without labels.</summary>
    public static readonly LabelSet Empty = new([]);

    private readonly byte[] _encoded;
    private LabelSet? _withoutName;

    private LabelSet(byte[] encoded)
    {
        _encoded = encoded;
        Hash = HashOf(encoded);
    }

    /// <summary>The canonical bytes; see the remarks of the type.</summary>
    public ReadOnlySpan<byte> Encoded => _encoded;

    /// <summary>XXH3 (64 bits, seed 0) of <see cref="Encoded"/>. Different label sets may share it.</summary>
    public ulong Hash { get; }

    /// <summary>
    /// The same without the metric's name; itself where it has none. Made once: series that are asked for again and again
    /// are.
    /// </summary>
    public LabelSet WithoutName => _withoutName ??= MakeWithoutName();

    /// <summary>Whether there is no label at all.</summary>
    public bool IsEmpty => _encoded.Length == 0;

    /// <summary>The number of labels, counted on each call.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var _ in this)
            {
                count++;
            }

            return count;
        }
    }

    /// <summary>The value of a label, or the empty string where it is absent. Allocates the string.</summary>
    /// <param name="name">The label's name.</param>
    public string this[string name] => TryGet(name, out var value) ? Encoding.UTF8.GetString(value) : "";

    /// <summary>Makes a label set of name and value pairs in any order; empty values are left out.</summary>
    /// <param name="pairs">The pairs. A name given twice takes its last value.</param>
    public static LabelSet Of(params ReadOnlySpan<(string Name, string Value)> pairs)
    {
        var builder = new LabelSetBuilder();
        foreach (var (name, value) in pairs)
        {
            builder.Set(name, value);
        }

        return builder.Build();
    }

    /// <summary>Makes a label set from canonical bytes, which are copied. The bytes are trusted: only an encoder made them.</summary>
    /// <param name="encoded">Bytes as in <see cref="Encoded"/>.</param>
    public static LabelSet FromEncoded(ReadOnlySpan<byte> encoded) => encoded.IsEmpty ? Empty : new LabelSet(encoded.ToArray());

    /// <summary>Makes a label set of canonical bytes, which are its own from now on. The bytes are trusted: only an encoder made them.</summary>
    /// <param name="encoded">Bytes as in <see cref="Encoded"/>; nobody changes them again.</param>
    public static LabelSet FromOwned(byte[] encoded)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        return encoded.Length == 0 ? Empty : new LabelSet(encoded);
    }

    /// <summary>The hash that a label set of these canonical bytes has.</summary>
    /// <param name="encoded">Bytes as in <see cref="Encoded"/>.</param>
    public static ulong HashOf(ReadOnlySpan<byte> encoded) => XxHash3.HashToUInt64(encoded);

    /// <summary>Walks canonical bytes without making a label set of them.</summary>
    /// <param name="encoded">Bytes as in <see cref="Encoded"/>.</param>
    public static LabelEnumerator Enumerate(ReadOnlySpan<byte> encoded) => new(encoded);

    /// <summary>Whether these canonical bytes are well formed: lengths fit, names ascend, nothing is empty.</summary>
    /// <param name="encoded">Bytes from a file or the wire.</param>
    public static bool IsCanonical(ReadOnlySpan<byte> encoded)
    {
        ReadOnlySpan<byte> previous = default;
        while (!encoded.IsEmpty)
        {
            if (!TryTake(ref encoded, out var name) || !TryTake(ref encoded, out _) || previous.SequenceCompareTo(name) >= 0)
            {
                return false;
            }

            previous = name;
        }

        return true;

        static bool TryTake(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> text)
        {
            text = default;
            if (rest.Length < sizeof(ushort))
            {
                return false;
            }

            var length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            if (length == 0 || rest.Length < sizeof(ushort) + length)
            {
                return false;
            }

            text = rest.Slice(sizeof(ushort), length);
            rest = rest[(sizeof(ushort) + length)..];
            return true;
        }
    }

    /// <summary>Finds a label's value.</summary>
    /// <param name="name">The label's name.</param>
    /// <param name="value">The value's UTF-8 bytes, empty where the label is absent.</param>
    /// <returns>Whether the label is there.</returns>
    public bool TryGet(scoped ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        foreach (var label in this)
        {
            if (label.Name.SequenceEqual(name))
            {
                value = label.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <inheritdoc cref="TryGet(ReadOnlySpan{byte}, out ReadOnlySpan{byte})"/>
    public bool TryGet(string name, out ReadOnlySpan<byte> value)
    {
        ArgumentNullException.ThrowIfNull(name);
        Span<byte> utf8 = stackalloc byte[256];
        return Encoding.UTF8.TryGetBytes(name, utf8, out var written)
            ? TryGet(utf8[..written], out value)
            : TryGet(Encoding.UTF8.GetBytes(name), out value);
    }

    /// <summary>The labels in the order of their names.</summary>
    public LabelEnumerator GetEnumerator() => new(_encoded);

    /// <summary>A builder that starts from these labels.</summary>
    public LabelSetBuilder ToBuilder() => new(this);

    /// <summary>The labels as strings, in order; for edges, not for hot paths.</summary>
    public IEnumerable<KeyValuePair<string, string>> ToPairs()
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var label in this)
        {
            pairs.Add(new(Encoding.UTF8.GetString(label.Name), Encoding.UTF8.GetString(label.Value)));
        }

        return pairs;
    }

    /// <inheritdoc/>
    public bool Equals([NotNullWhen(true)] LabelSet? other) =>
        ReferenceEquals(this, other) || (other is not null && Hash == other.Hash && _encoded.AsSpan().SequenceEqual(other._encoded));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Hash;

    /// <summary>Orders label by label: first by name, then by value, the shorter set first.</summary>
    public int CompareTo(LabelSet? other)
    {
        if (other is null)
        {
            return 1;
        }

        var mine = GetEnumerator();
        var theirs = other.GetEnumerator();
        while (true)
        {
            var hasMine = mine.MoveNext();
            var hasTheirs = theirs.MoveNext();
            if (!hasMine || !hasTheirs)
            {
                return hasMine.CompareTo(hasTheirs);
            }

            var order = mine.Current.Name.SequenceCompareTo(theirs.Current.Name);
            order = order != 0 ? order : mine.Current.Value.SequenceCompareTo(theirs.Current.Value);
            if (order != 0)
            {
                return order;
            }
        }
    }

    /// <summary>
    /// The labels as PromQL writes them: <c>name{label="value"}</c>; a name that is no classic identifier stands in quotes,
    /// a metric's within the braces.
    /// </summary>
    public override string ToString()
    {
        var metric = this[MetricName];
        var text = new StringBuilder();
        var separator = '{';
        if (LabelText.IsClassicName(metric, allowColon: true))
        {
            text.Append(metric);
        }
        else if (metric.Length > 0)
        {
            LabelText.AppendQuoted(text.Append(separator), metric);
            separator = ',';
        }

        foreach (var (name, value) in ToPairs())
        {
            if (name == MetricName)
            {
                continue;
            }

            LabelText.AppendName(text.Append(separator), name);
            LabelText.AppendQuoted(text.Append('='), value);
            separator = ',';
        }

        if (separator == ',')
        {
            text.Append('}');
        }
        else if (text.Length == 0)
        {
            text.Append("{}");
        }

        return text.ToString();
    }

    /// <summary>Whether two label sets have the same labels.</summary>
    public static bool operator ==(LabelSet? left, LabelSet? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether two label sets differ.</summary>
    public static bool operator !=(LabelSet? left, LabelSet? right) => !(left == right);

    /// <summary>Whether left comes before right; see <see cref="CompareTo"/>.</summary>
    public static bool operator <(LabelSet left, LabelSet right) => left.CompareTo(right) < 0;

    /// <summary>Whether left comes before right or equals it; see <see cref="CompareTo"/>.</summary>
    public static bool operator <=(LabelSet left, LabelSet right) => left.CompareTo(right) <= 0;

    /// <summary>Whether left comes after right; see <see cref="CompareTo"/>.</summary>
    public static bool operator >(LabelSet left, LabelSet right) => left.CompareTo(right) > 0;

    /// <summary>Whether left comes after right or equals it; see <see cref="CompareTo"/>.</summary>
    public static bool operator >=(LabelSet left, LabelSet right) => left.CompareTo(right) >= 0;

    private LabelSet MakeWithoutName()
    {
        for (var at = 0; at < _encoded.Length;)
        {
            var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(_encoded.AsSpan(at));
            var name = _encoded.AsSpan(at + sizeof(ushort), nameLength);
            var valueAt = at + sizeof(ushort) + nameLength;
            var end = valueAt + sizeof(ushort) + BinaryPrimitives.ReadUInt16LittleEndian(_encoded.AsSpan(valueAt));
            if (name.SequenceEqual("__name__"u8))
            {
                return Adopt([.. _encoded.AsSpan(0, at), .. _encoded.AsSpan(end)]);
            }

            at = end;
        }

        return this;
    }

    internal static LabelSet Adopt(byte[] encoded) => encoded.Length == 0 ? Empty : new LabelSet(encoded);
}
