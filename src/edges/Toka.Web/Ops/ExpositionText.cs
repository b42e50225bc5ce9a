using System.Text;
using Toka.Web.Http;
using Toka.Web.Prometheus;

namespace Toka.Web.Ops;

/// <summary>Pieces of Prometheus's text format 0.0.4. Source: Prometheus, "Exposition formats".</summary>
internal static class ExpositionText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static void PutEscaped(PooledBuffer buffer, ReadOnlySpan<byte> text, bool escapeQuotes)
    {
        foreach (var b in text)
        {
            switch (b)
            {
                case (byte)'\\':
                    Put(buffer, "\\\\"u8);
                    break;
                case (byte)'\n':
                    Put(buffer, "\\n"u8);
                    break;
                case (byte)'"' when escapeQuotes:
                    Put(buffer, "\\\""u8);
                    break;
                default:
                    buffer.Take(1)[0] = b;
                    break;
            }
        }
    }

    /// <summary>Writes a label's value in quotes.</summary>
    public static void PutQuoted(PooledBuffer buffer, ReadOnlySpan<byte> text)
    {
        Put(buffer, "\""u8);
        PutEscaped(buffer, text, escapeQuotes: true);
        Put(buffer, "\""u8);
    }

    public static void PutNumber(PooledBuffer buffer, double value) => buffer.Advance(GoNumber.Format(value, buffer.GetSpan(GoNumber.MaxBytes)));

    /// <summary>
    /// Writes a name as the format's alphabet has it: other characters are underscores, as Prometheus writes them for readers
    /// that do not ask for UTF-8.
    /// </summary>
    public static void PutName(PooledBuffer buffer, ReadOnlySpan<byte> name, bool isMetric)
    {
        var isFirst = true;
        foreach (var rune in Encoding.UTF8.GetString(name).EnumerateRunes())
        {
            var isGood = rune.Value is '_' or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') || (rune.Value == ':' && isMetric) || (rune.Value is >= '0' and <= '9' && !isFirst);
            buffer.Take(1)[0] = isGood ? (byte)rune.Value : (byte)'_';
            isFirst = false;
        }
    }

    public static void Put(PooledBuffer buffer, string text) =>
        buffer.Advance(Encoding.UTF8.GetBytes(text, buffer.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));

    public static void Put(PooledBuffer buffer, ReadOnlySpan<byte> text) => text.CopyTo(buffer.Take(text.Length));
}
