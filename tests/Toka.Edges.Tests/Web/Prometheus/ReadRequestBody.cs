using Snappier;
using Toka.Protocols.Wire;

namespace Toka.Edges.Tests.Web.Prometheus;

/// <summary>Remote read requests as clients send them.</summary>
internal static class ReadRequestBody
{
    /// <summary>A request for names, each over a time of its own.</summary>
    public static ByteArrayContent Of(int[] accepted, params (string Name, long FromMs, long ToMs)[] queries) => Content(Encode(accepted, queries));

    public static ByteArrayContent Content(byte[] body, string encoding = "snappy")
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/x-protobuf");
        content.Headers.ContentEncoding.Add(encoding);
        return content;
    }

    private static byte[] Encode(int[] accepted, (string Name, long FromMs, long ToMs)[] queries)
    {
        using var writer = new ProtobufWriter();
        foreach (var (name, from, to) in queries)
        {
            var query = writer.Begin(1);
            writer.Varint(1, (ulong)from);
            writer.Varint(2, (ulong)to);
            var matcher = writer.Begin(3);
            writer.Bytes(2, "__name__"u8);
            writer.Bytes(3, System.Text.Encoding.UTF8.GetBytes(name));
            writer.End(matcher);
            writer.End(query);
        }

        foreach (var type in accepted)
        {
            writer.Varint(2, (ulong)type);
        }

        return Snappy.CompressToArray(writer.Written);
    }
}
