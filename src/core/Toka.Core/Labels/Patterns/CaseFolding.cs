namespace Toka.Core.Labels.Patterns;

/// <summary>
/// Which code points are the same but for case, by Unicode's simple folding: <c>k</c>, <c>K</c> and the Kelvin sign.
/// </summary>
/// <remarks>
/// The table Folding.txt has Unicode 17's groups. A line is a group of code points, or a range (every second one of it
/// behind <c>/2</c>) with the distance to the other case.
/// </remarks>
internal static class CaseFolding
{
    private static readonly Lazy<Dictionary<int, int[]>> s_groups = new(Read);

    /// <summary>A set with all that is the same as one of its code points but for case.</summary>
    public static RuneSet Close(RuneSet set)
    {
        var ranges = new List<RuneRange>();
        foreach (var range in set.Ranges)
        {
            ranges.Add(range);
        }

        if (set.Count <= 64)
        {
            foreach (var range in set.Ranges)
            {
                for (var rune = range.Low; rune <= range.High; rune++)
                {
                    Add(ranges, s_groups.Value.GetValueOrDefault(rune, []));
                }
            }
        }
        else
        {
            foreach (var (rune, group) in s_groups.Value)
            {
                if (set.Contains(rune))
                {
                    Add(ranges, group);
                }
            }
        }

        return RuneSet.Of(ranges);
    }

    private static void Add(List<RuneRange> ranges, int[] group) =>
        ranges.AddRange(group.Select(static rune => new RuneRange(rune, rune)));

    private static Dictionary<int, int[]> Read()
    {
        var groups = new Dictionary<int, int[]>();
        foreach (var line in UnicodeFacts.Lines("Folding.txt"))
        {
            if (line[^1][0] != '+')
            {
                var group = Array.ConvertAll(line, static text => UnicodeFacts.Number(text));
                Array.ForEach(group, rune => groups.Add(rune, group));
                continue;
            }

            var stride = line[0].EndsWith("/2", StringComparison.Ordinal) ? 2 : 1;
            var range = UnicodeFacts.Range(line[0].AsSpan(0, line[0].Length - (stride == 2 ? 2 : 0)));
            var distance = UnicodeFacts.Number(line[^1].AsSpan(1));
            for (var rune = range.Low; rune <= range.High; rune += stride)
            {
                int[] pair = [rune, rune + distance];
                groups.Add(pair[0], pair);
                groups.Add(pair[1], pair);
            }
        }

        return groups;
    }
}
