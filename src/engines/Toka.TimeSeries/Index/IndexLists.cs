using System.Text;

namespace Toka.TimeSeries.Index;

/// <summary>
/// Lists of names and values for people to choose from, in one run of an <see cref="IndexTurn"/>: a writer is let in between
/// pieces.
/// </summary>
internal static class IndexLists
{
    private const int SeriesAtOnce = 1024;

    /// <summary>Adds label names.</summary>
    /// <param name="index">The index.</param>
    /// <param name="turn">The run.</param>
    /// <param name="ids">Of these series; null for all.</param>
    /// <param name="into">Takes them.</param>
    public static void Names(SeriesIndex index, in IndexTurn.Inside turn, int[]? ids, FirstTexts into)
    {
        var names = new HashSet<int>();
        if (ids is null)
        {
            names.UnionWith(Enumerable.Range(0, index.Pairs.Names.Count).Where(n => index.Pairs.Names[n].Pairs.Count > 0));
        }

        foreach (var some in (ids ?? []).Chunk(SeriesAtOnce))
        {
            foreach (var id in some)
            {
                foreach (var pair in index.PairsOf(id))
                {
                    names.Add(index.Pairs[pair].Name);
                }
            }

            turn.Breathe();
        }

        foreach (var name in names)
        {
            into.Add(index.Pairs.Names[name].Utf8);
        }
    }

    /// <summary>Adds values of a label.</summary>
    /// <param name="index">The index.</param>
    /// <param name="turn">The run.</param>
    /// <param name="label">The label.</param>
    /// <param name="ids">Of these series; null for all.</param>
    /// <param name="into">Takes them.</param>
    public static void Values(SeriesIndex index, in IndexTurn.Inside turn, string label, int[]? ids, FirstTexts into)
    {
        var name = index.Pairs.FindName(Encoding.UTF8.GetBytes(label));
        if (name < 0)
        {
            return;
        }

        if (ids is null)
        {
            // By place, for pairs come to the end of the list while a writer is let in.
            var pairs = index.Pairs.Names[name].Pairs;
            for (var i = 0; i < pairs.Count; i++)
            {
                into.Add(index.Pairs.ValueOf(pairs[i]));
                if (i % SeriesAtOnce == SeriesAtOnce - 1)
                {
                    turn.Breathe();
                }
            }

            return;
        }

        foreach (var some in ids.Chunk(SeriesAtOnce))
        {
            foreach (var id in some)
            {
                if (index.ValueOf(id, name) is { IsEmpty: false } value)
                {
                    into.Add(value);
                }
            }

            turn.Breathe();
        }
    }
}
