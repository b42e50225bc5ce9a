using System.Text;

namespace Toka.Protocols.Otlp.Labels;

/// <summary>Which attributes are taken, by their keys as they come: those of a list, or all others. Immutable.</summary>
/// <param name="keys">The keys.</param>
/// <param name="takesOthers">Whether all but these are taken.</param>
internal sealed class KeyFilter(IEnumerable<string> keys, bool takesOthers)
{
    private readonly byte[][] _keys = [.. keys.Select(Encoding.UTF8.GetBytes)];

    public bool Takes(ReadOnlySpan<byte> key)
    {
        foreach (var known in _keys)
        {
            if (key.SequenceEqual(known))
            {
                return !takesOthers;
            }
        }

        return takesOthers;
    }
}
