using System.Text.Unicode;
using Toka.Core.Labels;
using Toka.Protocols.Otlp.Naming;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp.Labels;

/// <summary>Puts attributes into a label set. Reused; not thread-safe.</summary>
internal sealed class AttributeLabels(OtlpLimits limits)
{
    private readonly AttributeText _text = new(limits);
    private readonly LabelNameCache _names = new();
    private readonly byte[] _name = new byte[limits.NameBytesMax + 16 + LabelNames.GrowthMax];
    private OtlpTranslationOptions _options = OtlpTranslationOptions.Default;

    /// <summary>How names are made.</summary>
    public OtlpTranslationOptions Options
    {
        get => _options;
        set
        {
            _options = value;
            _names.Clear();
        }
    }

    /// <summary>The text of an attribute's value.</summary>
    public OtlpRefusal Text(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> text) => _text.Read(value, out text);

    /// <summary>Adds one attribute.</summary>
    /// <param name="keyValue">A KeyValue message.</param>
    /// <param name="into">The labels.</param>
    /// <param name="collided">Set where another attribute has the same label name; then use <see cref="AddJoined"/> for all.</param>
    public OtlpRefusal Add(ReadOnlySpan<byte> keyValue, LabelSetBuilder into, ref bool collided)
    {
        OtlpTags.ReadKeyValue(keyValue, out var key, out var value);
        var refusal = Name(key, default, out var name);
        if (refusal != OtlpRefusal.None)
        {
            return refusal;
        }

        refusal = _text.Read(value, out var text);
        if (refusal == OtlpRefusal.None)
        {
            var before = into.Count;
            into.Set(name, text);
            collided |= text.IsEmpty ? into.Count < before : into.Count == before;
        }

        return refusal;
    }

    /// <summary>
    /// Adds all attributes of a message; values whose keys become the same label name are joined by a semicolon, in the order
    /// of the keys.
    /// </summary>
    /// <param name="message">A message with attributes.</param>
    /// <param name="tag">The attributes' tag.</param>
    /// <param name="prefix">Put before each key; at most 16 bytes.</param>
    /// <param name="into">The labels; names that are there already are replaced.</param>
    /// <param name="dropped">Null to refuse at the first bad attribute; else called with the reason, and the attribute left out.</param>
    /// <param name="keys">Which attributes are taken; null for all.</param>
    public OtlpRefusal AddJoined(
        ReadOnlySpan<byte> message, uint tag, ReadOnlySpan<byte> prefix, LabelSetBuilder into, Action<OtlpRefusal>? dropped, KeyFilter? keys = null)
    {
        var pairs = new List<(byte[] Key, byte[] Name, byte[] Value)>();
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Tag != tag)
            {
                reader.Skip();
                continue;
            }

            OtlpTags.ReadKeyValue(reader.Bytes(), out var key, out var value);
            if (keys is not null && !keys.Takes(key))
            {
                continue;
            }

            var refusal = pairs.Count == limits.AttributesMax ? OtlpRefusal.AttributesLimit : Name(key, prefix, out _);
            ReadOnlySpan<byte> text = default;
            refusal = refusal == OtlpRefusal.None ? _text.Read(value, out text) : refusal;
            if (refusal == OtlpRefusal.None)
            {
                Name(key, prefix, out var name);
                pairs.Add((key.ToArray(), name.ToArray(), text.ToArray()));
            }
            else if (dropped is null)
            {
                return refusal;
            }
            else
            {
                dropped(refusal);
            }
        }

        return Join(pairs, into, dropped);
    }

    private OtlpRefusal Join(List<(byte[] Key, byte[] Name, byte[] Value)> pairs, LabelSetBuilder into, Action<OtlpRefusal>? dropped)
    {
        var joined = new SortedDictionary<byte[], byte[]>(Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)));
        foreach (var (_, name, value) in pairs.OrderBy(p => p.Key, joined.Comparer))
        {
            var whole = joined.TryGetValue(name, out var before) ? [.. before, (byte)';', .. value] : value;
            if (whole.Length <= limits.LabelValueBytesMax)
            {
                joined[name] = whole;
            }
            else if (dropped is null)
            {
                return OtlpRefusal.LabelValueBytesLimit;
            }
            else
            {
                dropped(OtlpRefusal.LabelValueBytesLimit);
            }
        }

        foreach (var (name, value) in joined)
        {
            into.Set(name, value);
        }

        return OtlpRefusal.None;
    }

    private OtlpRefusal Name(ReadOnlySpan<byte> key, ReadOnlySpan<byte> prefix, out ReadOnlySpan<byte> name)
    {
        name = default;
        if (key.Length > limits.NameBytesMax)
        {
            return OtlpRefusal.NameBytesLimit;
        }

        if (prefix.IsEmpty && _names.TryGet(key, out name))
        {
            return OtlpRefusal.None;
        }

        if (!Utf8.IsValid(key))
        {
            return OtlpRefusal.BadUtf8;
        }

        if (key.IsEmpty)
        {
            return OtlpRefusal.BadAttributeKey;
        }

        Span<byte> whole = stackalloc byte[prefix.Length + Math.Min(key.Length, 4096)];
        prefix.CopyTo(whole);
        key.CopyTo(whole[prefix.Length..]);
        var length = LabelNames.Write(whole, _name, _options);
        name = _name.AsSpan(0, length);
        if (length == 0)
        {
            return OtlpRefusal.BadAttributeKey;
        }

        if (prefix.IsEmpty)
        {
            _names.Add(key, name);
        }

        return OtlpRefusal.None;
    }
}
