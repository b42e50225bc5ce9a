using System.Text;
using Toka.TimeSeries.Index;

namespace Toka.TimeSeries.Blocks;

/// <summary>The index of a block in use: a few numbers, no copies. Immutable.</summary>
internal sealed class BlockIndex
{
    /// <summary>Looks at the tables.</summary>
    public BlockIndex(BlockSections sections, BlockInfo info)
    {
        // What is allocated for a selection goes by the count of series; each takes a byte of the section at the least.
        if (info.Series > sections.PlaceOf(SectionKind.Series).Length)
        {
            throw new InvalidDataException($"{info.Series} series cannot be in a section of {sections.PlaceOf(SectionKind.Series).Length} bytes");
        }

        Labels = new BlockLabels(sections);
        Series = new SeriesTable(sections, Labels, info);
    }

    /// <summary>Names and values.</summary>
    public BlockLabels Labels { get; }

    /// <summary>Series and chunks.</summary>
    public SeriesTable Series { get; }
}

/// <summary>Names and values for people to choose from.</summary>
internal static class BlockLists
{
    /// <summary>Adds the names of some series, or of all.</summary>
    public static void Names(BlockIndex index, int[]? ordinals, FirstTexts into)
    {
        var names = new HashSet<int>();
        if (ordinals is null)
        {
            names.UnionWith(Enumerable.Range(0, index.Labels.NameCount));
        }
        else
        {
            foreach (var ordinal in ordinals)
            {
                index.Series.AddNames(ordinal, names);
            }
        }

        foreach (var name in names)
        {
            into.Add(index.Labels.NameOf(name));
        }
    }

    /// <summary>Adds the values of a label of some series, or of all.</summary>
    public static void Values(BlockIndex index, string label, int[]? ordinals, FirstTexts into)
    {
        var name = index.Labels.FindName(Encoding.UTF8.GetBytes(label));
        if (name < 0)
        {
            return;
        }

        var wanted = ordinals is null ? null : new bool[index.Labels.ValueCountOf(name)];
        foreach (var ordinal in ordinals ?? [])
        {
            var rank = index.Series.RankOf(ordinal, name);
            if (rank >= 0)
            {
                wanted![rank] = true;
            }
        }

        // Values lie in their order: the first that is too late ends the list.
        using var walk = index.Labels.Walk(name);
        while (walk.MoveNext() && (wanted?[walk.Entry.Rank] == false || into.Add(walk.Text)))
        {
        }
    }
}
