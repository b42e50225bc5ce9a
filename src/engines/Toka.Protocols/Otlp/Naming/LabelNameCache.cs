using System.Runtime.InteropServices;

namespace Toka.Protocols.Otlp.Naming;

/// <summary>
/// The label names of the keys seen lately: an app has a few dozen keys and sends them with every point. A fixed number of
/// places, each with the last key that fell on it, so that hostile keys cost time and no memory. Not thread-safe.
/// </summary>
internal sealed class LabelNameCache
{
    /// <summary>Places; a power of two. Each holds two short arrays, so all of them take about 100 KiB.</summary>
    private const int Places = 512;

    /// <summary>Longer keys are translated each time.</summary>
    private const int KeyBytesMax = 128;

    private readonly Entry[] _entries = new Entry[Places];

    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> name)
    {
        ref readonly var entry = ref _entries[PlaceOf(key)];
        if (entry.Key is not null && key.SequenceEqual(entry.Key))
        {
            name = entry.Name;
            return true;
        }

        name = default;
        return false;
    }

    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> name)
    {
        if (key.Length <= KeyBytesMax)
        {
            _entries[PlaceOf(key)] = new Entry(key.ToArray(), name.ToArray());
        }
    }

    public void Clear() => Array.Clear(_entries);

    /// <summary>By the length, the first eight bytes and the last eight: keys of one namespace differ in their ends.</summary>
    private static int PlaceOf(ReadOnlySpan<byte> key)
    {
        ulong mixed;
        if (key.Length >= sizeof(ulong))
        {
            mixed = MemoryMarshal.Read<ulong>(key) ^ (MemoryMarshal.Read<ulong>(key[^sizeof(ulong)..]) * 0x9E3779B97F4A7C15);
        }
        else
        {
            mixed = 0;
            foreach (var b in key)
            {
                mixed = (mixed << 8) | b;
            }
        }

        mixed = (mixed ^ (uint)key.Length) * 0xD6E8FEB86659FD93;
        return (int)(mixed >> 55);
    }

    private readonly record struct Entry(byte[]? Key, byte[] Name);
}
