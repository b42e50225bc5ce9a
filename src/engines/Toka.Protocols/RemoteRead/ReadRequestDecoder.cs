using System.Text;
using Toka.Core.Errors;
using Toka.Core.Labels;
using Toka.Protocols.Wire;

namespace Toka.Protocols.RemoteRead;

/// <summary>
/// Reads requests of the remote read protocol: one Snappy block with one protobuf message. Source: Prometheus,
/// prompb/remote.proto and prompb/types.proto.
/// </summary>
public static class ReadRequestDecoder
{
    /// <summary>The most queries of a request. Prometheus sends one for each selector of an expression.</summary>
    public const int QueriesMax = 64;

    /// <summary>The most matchers of a request: each regular expression may take some hundred KB once it is read.</summary>
    public const int MatchersMax = 256;

    /// <summary>The longest regular expression in bytes, as the longest expression of a query.</summary>
    public const int PatternBytesMax = 65_536;

    private const string Expected = "prometheus.ReadRequest";
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Reads a message that is not compressed any more.</summary>
    /// <param name="message">The message.</param>
    /// <exception cref="BadInputException">It is malformed, has too many parts, or a matcher is not valid.</exception>
    public static ReadRequest Decode(ReadOnlySpan<byte> message)
    {
        var queries = new List<ReadQuery>();
        var accepted = new List<ReadResponseType>();
        var matchers = 0;
        var reader = new ProtobufReader(message, Expected);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case (1 << 3) | WireTypes.Bytes:
                    Limit(queries.Count, QueriesMax, "queries");
                    queries.Add(Query(reader.Bytes(), ref matchers));
                    break;
                case (2 << 3) | WireTypes.Varint:
                    Limit(accepted.Count, QueriesMax, "response types");
                    accepted.Add((ReadResponseType)(int)reader.Varint());
                    break;
                case (2 << 3) | WireTypes.Bytes:
                    // Lists of numbers come packed, or one by one.
                    var packed = new ProtobufReader(reader.Bytes(), Expected);
                    while (!packed.AtEnd)
                    {
                        Limit(accepted.Count, QueriesMax, "response types");
                        accepted.Add((ReadResponseType)(int)packed.Varint());
                    }

                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new ReadRequest(queries, accepted);
    }

    private static ReadQuery Query(ReadOnlySpan<byte> message, ref int matchersOfAll)
    {
        long from = 0, to = 0;
        var matchers = new List<LabelMatcher>();
        var reader = new ProtobufReader(message, Expected);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case (1 << 3) | WireTypes.Varint:
                    from = (long)reader.Varint();
                    break;
                case (2 << 3) | WireTypes.Varint:
                    to = (long)reader.Varint();
                    break;
                case (3 << 3) | WireTypes.Bytes:
                    Limit(matchersOfAll++, MatchersMax, "matchers");
                    matchers.Add(Matcher(reader.Bytes()));
                    break;
                default:
                    // Hints among them: samples are sent as they are, so none is needed.
                    reader.Skip();
                    break;
            }
        }

        return to >= from
            ? new ReadQuery(from, to, matchers)
            : throw new BadInputException($"a query of the remote read request ends at {to}, before it starts at {from} (ms since the Unix epoch)");
    }

    private static LabelMatcher Matcher(ReadOnlySpan<byte> message)
    {
        ulong type = 0;
        ReadOnlySpan<byte> name = default, value = default;
        var reader = new ProtobufReader(message, Expected);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case (1 << 3) | WireTypes.Varint:
                    type = reader.Varint();
                    break;
                case (2 << 3) | WireTypes.Bytes:
                    name = reader.Bytes();
                    break;
                case (3 << 3) | WireTypes.Bytes:
                    value = reader.Bytes();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var op = type switch
        {
            0 => MatchOperator.Equal,
            1 => MatchOperator.NotEqual,
            2 => MatchOperator.Matches,
            3 => MatchOperator.DoesNotMatch,
            _ => throw new BadInputException($"a matcher of the remote read request has the type {type}; 0 to 3 are known"),
        };
        return op is MatchOperator.Matches or MatchOperator.DoesNotMatch && value.Length > PatternBytesMax
            ? throw new BadInputException($"a regular expression of the remote read request has {value.Length} bytes; the limit is {PatternBytesMax}")
            : new LabelMatcher(Text(name), op, Text(value));
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new BadInputException("a matcher of the remote read request is not valid UTF-8");
        }
    }

    private static void Limit(int count, int most, string what)
    {
        if (count == most)
        {
            throw new BadInputException($"the remote read request has more than {most} {what}; ask in several requests");
        }
    }
}
