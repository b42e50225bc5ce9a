using Toka.Core.Labels;
using Toka.Protocols.Naming;

namespace Toka.Protocols.StatsD;

/// <content>Names and tags as labels.</content>
public ref partial struct StatsDReader
{
    /// <summary>A tag without a value says that something holds.</summary>
    private static ReadOnlySpan<byte> NoValue => "true"u8;

    /// <summary>
    /// Adds the metric's name as <c>__name__</c> and the tags to a builder, names as PromQL reads them without quotes. A counter
    /// gets the suffix <c>_total</c> and a timer <c>_seconds</c>, unless it is there. A tag without a value has the value
    /// <c>true</c>, one with an empty value is left out; of two of one name the last counts.
    /// </summary>
    /// <param name="into">The builder; it is not cleared before.</param>
    /// <returns>Whether there are no more tags than allowed, none too long, and none without a name; else the metric is to be refused.</returns>
    public readonly bool TryReadLabels(LabelSetBuilder into)
    {
        ArgumentNullException.ThrowIfNull(into);
        Span<byte> name = stackalloc byte[Math.Max(Name.Length, 1) + UnderscoreNames.GrowthMax + 8];
        var length = UnderscoreNames.WriteMetric(Name, name);
        var suffix = Kind switch
        {
            StatsDKind.Counter => "_total"u8,
            StatsDKind.Timer => "_seconds"u8,
            _ => default,
        };
        if (!name[..length].EndsWith(suffix))
        {
            suffix.CopyTo(name[length..]);
            length += suffix.Length;
        }

        var count = 0;
        into.Set("__name__"u8, name[..length]);
        return TryAdd(_nameTags, _nameSeparator, (byte)'=', into, ref count) && TryAdd(_tags, (byte)',', (byte)':', into, ref count);
    }

    private readonly bool TryAdd(ReadOnlySpan<byte> tags, byte separator, byte equals, LabelSetBuilder into, ref int count)
    {
        Span<byte> written = stackalloc byte[_limits.NameBytesMax + UnderscoreNames.GrowthMax];
        while (!tags.IsEmpty)
        {
            var end = tags.IndexOf(separator);
            var tag = end < 0 ? tags : tags[..end];
            tags = end < 0 ? default : tags[(end + 1)..];
            if (tag.IsEmpty)
            {
                continue;
            }

            var at = tag.IndexOf(equals);
            var name = at < 0 ? tag : tag[..at];
            var value = at < 0 ? NoValue : tag[(at + 1)..];
            if (name.IsEmpty || name.Length > _limits.NameBytesMax || ++count > _limits.TagsMax)
            {
                return false;
            }

            var label = written[..UnderscoreNames.WriteLabel(name, written)];
            if (label.SequenceEqual("__name__"u8))
            {
                return false;
            }

            into.Set(label, value);
        }

        return true;
    }
}
