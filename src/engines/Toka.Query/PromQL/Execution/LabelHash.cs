using System.IO.Hashing;
using Toka.Core.Labels;

namespace Toka.Query.PromQL.Execution;

/// <summary>The hash of a series' labels that Prometheus chooses series by.</summary>
/// <remarks>Source: xxHash64 of its <c>labels.Labels</c>: each name and value behind its length, one byte, or 255 and three.</remarks>
internal static class LabelHash
{
    public static ulong Of(LabelSet labels)
    {
        var hash = new XxHash64();
        foreach (var label in labels)
        {
            Append(hash, label.Name);
            Append(hash, label.Value);
        }

        return hash.GetCurrentHashAsUInt64();
    }

    private static void Append(XxHash64 hash, ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> length = text.Length < byte.MaxValue
            ? [(byte)text.Length]
            : [byte.MaxValue, (byte)text.Length, (byte)(text.Length >> 8), (byte)(text.Length >> 16)];
        hash.Append(length);
        hash.Append(text);
    }
}
