using System.IO.Hashing;
using Toka.Protocols.Wire;

namespace Toka.Protocols.RemoteWrite;

/// <summary>The table of texts of a request of 2.0: each text once, the empty one first. Reused; not thread-safe.</summary>
internal sealed class SymbolWriter : IDisposable
{
    private readonly ProtobufWriter _writer = new();
    private int[] _slots = new int[1024];
    private Place[] _places = new Place[256];
    private int _count;

    public SymbolWriter() => Clear();

    /// <summary>The symbols as fields of the request.</summary>
    public ReadOnlySpan<byte> Written => _writer.Written;

    /// <summary>How many bytes they take.</summary>
    public int Length => _writer.Length;

    /// <summary>Begins anew, with the empty text.</summary>
    public void Clear()
    {
        _writer.Clear();
        Array.Clear(_slots);
        _count = 0;
        Find(default);
    }

    /// <summary>The number of a text, which is added where it is not there.</summary>
    public uint Find(ReadOnlySpan<byte> text)
    {
        if ((_count + 1) * 2 > _slots.Length)
        {
            Grow();
        }

        var hash = (int)XxHash3.HashToUInt64(text);
        var slot = hash & (_slots.Length - 1);
        for (; _slots[slot] != 0; slot = (slot + 1) & (_slots.Length - 1))
        {
            ref readonly var place = ref _places[_slots[slot] - 1];
            if (place.Hash == hash && _writer.Written.Slice(place.Start, place.Length).SequenceEqual(text))
            {
                return (uint)_slots[slot] - 1;
            }
        }

        if (_count == _places.Length)
        {
            Array.Resize(ref _places, _count * 2);
        }

        _writer.Bytes(4, text);
        _places[_count++] = new Place(hash, _writer.Length - text.Length, text.Length);
        _slots[slot] = _count;
        return (uint)_count - 1;
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private void Grow()
    {
        _slots = new int[_slots.Length * 2];
        for (var i = 0; i < _count; i++)
        {
            var slot = _places[i].Hash & (_slots.Length - 1);
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & (_slots.Length - 1);
            }

            _slots[slot] = i + 1;
        }
    }

    private readonly record struct Place(int Hash, int Start, int Length);
}
