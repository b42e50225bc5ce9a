using System.Buffers.Binary;
using System.Text;

namespace Toka.Core.Labels;

/// <summary>
/// Collects labels in any order and builds their canonical form. Reusable after <see cref="Clear"/>; not thread-safe.
/// </summary>
/// <remarks>
/// Names and values lie in one buffer that grows and is kept, so a reused builder allocates nothing but the label set that
/// it builds, and nothing at all through <see cref="WriteTo"/>.
/// </remarks>
public sealed class LabelSetBuilder
{
    private byte[] _text = new byte[256];
    private byte[] _spare = [];
    private int _textLength;
    private Entry[] _entries = new Entry[16];
    private int _count;

    /// <summary>A builder without labels.</summary>
    public LabelSetBuilder()
    {
    }

    /// <summary>A builder that starts from a label set.</summary>
    /// <param name="start">The labels to start from.</param>
    public LabelSetBuilder(LabelSet start)
    {
        ArgumentNullException.ThrowIfNull(start);
        foreach (var label in start)
        {
            Set(label.Name, label.Value);
        }
    }

    /// <summary>The number of labels.</summary>
    public int Count => _count;

    /// <summary>The length of the canonical form, in bytes.</summary>
    public int EncodedLength
    {
        get
        {
            var length = 0;
            for (var i = 0; i < _count; i++)
            {
                length += (2 * sizeof(ushort)) + _entries[i].NameLength + _entries[i].ValueLength;
            }

            return length;
        }
    }

    /// <summary>The size of the buffer that holds names and values, in bytes.</summary>
    internal int BufferBytes => _text.Length;

    /// <summary>Forgets all labels and keeps the buffers.</summary>
    public void Clear()
    {
        _count = 0;
        _textLength = 0;
    }

    /// <summary>Sets a label; an empty value removes it.</summary>
    /// <param name="name">The name, not empty, at most <see cref="LabelSet.TextBytesMax"/> bytes.</param>
    /// <param name="value">The value, at most <see cref="LabelSet.TextBytesMax"/> bytes.</param>
    /// <exception cref="ArgumentException">The name is empty, or a text is too long.</exception>
    public void Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.IsEmpty || name.Length > LabelSet.TextBytesMax || value.Length > LabelSet.TextBytesMax)
        {
            throw new ArgumentException($"A label has a name of 1 to {LabelSet.TextBytesMax} bytes and a value of at most as many; got {name.Length} and {value.Length}.");
        }

        var index = Find(name, out var found);
        if (value.IsEmpty)
        {
            if (found)
            {
                _entries.AsSpan(index + 1, _count - index - 1).CopyTo(_entries.AsSpan(index));
                _count--;
            }

            return;
        }

        if (found)
        {
            MakeRoom(value.Length);
            var valueStart = Append(value);
            _entries[index] = _entries[index] with { ValueStart = valueStart, ValueLength = value.Length };
            return;
        }

        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, _count * 2);
        }

        MakeRoom(name.Length + value.Length);
        var nameStart = Append(name);
        var start = Append(value);
        _entries.AsSpan(index, _count - index).CopyTo(_entries.AsSpan(index + 1));
        _entries[index] = new Entry(nameStart, name.Length, start, value.Length);
        _count++;
    }

    /// <inheritdoc cref="Set(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public void Set(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        var nameBytes = Encoding.UTF8.GetByteCount(name);
        var bytes = nameBytes + Encoding.UTF8.GetByteCount(value);
        var utf8 = bytes <= 512 ? stackalloc byte[bytes] : new byte[bytes];
        Encoding.UTF8.GetBytes(name, utf8);
        Encoding.UTF8.GetBytes(value, utf8[nameBytes..]);
        Set(utf8[..nameBytes], utf8[nameBytes..]);
    }

    /// <summary>Removes a label where it is there.</summary>
    /// <param name="name">The label's name.</param>
    public void Remove(ReadOnlySpan<byte> name) => Set(name, default);

    /// <inheritdoc cref="Remove(ReadOnlySpan{byte})"/>
    public void Remove(string name) => Set(name, "");

    /// <summary>Finds a label's value.</summary>
    /// <param name="name">The label's name.</param>
    /// <param name="value">A view that the next call of <c>Set</c> or <see cref="Clear"/> ends.</param>
    public bool TryGet(scoped ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var index = Find(name, out var found);
        value = found ? _text.AsSpan(_entries[index].ValueStart, _entries[index].ValueLength) : default;
        return found;
    }

    /// <summary>A label by its place in the canonical order.</summary>
    /// <param name="index">From 0 to one less than <see cref="Count"/>.</param>
    /// <param name="name">Its name: a view that the next call of <c>Set</c> or <see cref="Clear"/> ends.</param>
    /// <param name="value">Its value: such a view too.</param>
    public void At(int index, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        ref readonly var entry = ref _entries.AsSpan(0, _count)[index];
        name = _text.AsSpan(entry.NameStart, entry.NameLength);
        value = _text.AsSpan(entry.ValueStart, entry.ValueLength);
    }

    /// <summary>Writes the canonical form.</summary>
    /// <param name="destination">At least <see cref="EncodedLength"/> bytes.</param>
    /// <returns>The number of bytes written.</returns>
    public int WriteTo(Span<byte> destination)
    {
        var at = 0;
        foreach (var entry in _entries.AsSpan(0, _count))
        {
            at += Put(destination[at..], _text.AsSpan(entry.NameStart, entry.NameLength));
            at += Put(destination[at..], _text.AsSpan(entry.ValueStart, entry.ValueLength));
        }

        return at;

        static int Put(Span<byte> destination, ReadOnlySpan<byte> text)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(destination, (ushort)text.Length);
            text.CopyTo(destination[sizeof(ushort)..]);
            return sizeof(ushort) + text.Length;
        }
    }

    /// <summary>Builds the label set; the builder stays as it is.</summary>
    public LabelSet Build()
    {
        var encoded = new byte[EncodedLength];
        WriteTo(encoded);
        return LabelSet.Adopt(encoded);
    }

    /// <summary>The place of a name, or where it would stand. Searched from the end: producers mostly add in order.</summary>
    private int Find(scoped ReadOnlySpan<byte> name, out bool found)
    {
        for (var i = _count - 1; i >= 0; i--)
        {
            var order = _text.AsSpan(_entries[i].NameStart, _entries[i].NameLength).SequenceCompareTo(name);
            if (order <= 0)
            {
                found = order == 0;
                return found ? i : i + 1;
            }
        }

        found = false;
        return 0;
    }

    private int Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_text.AsSpan(_textLength));
        _textLength += bytes.Length;
        return _textLength - bytes.Length;
    }

    /// <summary>
    /// Makes room for more text. Texts that were replaced or removed are left behind, so that a label set again and again
    /// does not make the buffer grow. The old array is not written: a view that is about to be appended stays valid.
    /// </summary>
    private void MakeRoom(int bytes)
    {
        if (_text.Length - _textLength >= bytes)
        {
            return;
        }

        var needed = EncodedLength + bytes;
        var size = needed <= _text.Length / 2 ? _text.Length : Math.Max(_text.Length * 2, needed);
        var text = _spare.Length == size ? _spare : new byte[size];
        var at = 0;
        foreach (ref var entry in _entries.AsSpan(0, _count))
        {
            _text.AsSpan(entry.NameStart, entry.NameLength).CopyTo(text.AsSpan(at));
            _text.AsSpan(entry.ValueStart, entry.ValueLength).CopyTo(text.AsSpan(at + entry.NameLength));
            entry = entry with { NameStart = at, ValueStart = at + entry.NameLength };
            at += entry.NameLength + entry.ValueLength;
        }

        // The two change places, so that a name set anew for one series after the other makes no garbage.
        (_spare, _text) = (_text, text);
        _textLength = at;
    }

    private readonly record struct Entry(int NameStart, int NameLength, int ValueStart, int ValueLength);
}
