using System.IO.Hashing;
using System.Text;
using Toka.Core.Spans;
using Toka.Protocols.Events;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp.Attributes;

/// <summary>
/// Origins by the bytes of their resource and scope: senders repeat them in every request, so one that is known costs a hash and a
/// comparison, and no garbage. Not thread-safe.
/// </summary>
internal sealed class OriginCache(AttributesWriter attributes)
{
    /// <summary>Origins that are kept; beyond it all are forgotten. One has about 1 KiB, twice.</summary>
    private const int OriginsMax = 1024;

    /// <summary>Bytes of messages that are kept; beyond it all are forgotten.</summary>
    private const int BytesMax = 2 << 20;

    // Bytes that are made to collide displace one another, and no more; still nobody needs to be able to make them.
    private readonly long _seed = Random.Shared.NextInt64();
    private readonly Dictionary<ulong, Entry> _entries = [];
    private readonly EventBytes _bytes = new();
    private int _kept;

    /// <summary>The origin of a resource and a scope.</summary>
    /// <param name="resource">A Resource message; may be empty.</param>
    /// <param name="scope">An InstrumentationScope message; may be empty.</param>
    public Origin Find(ReadOnlySpan<byte> resource, ReadOnlySpan<byte> scope)
    {
        var hash = XxHash3.HashToUInt64(resource, _seed) ^ System.Numerics.BitOperations.RotateLeft(XxHash3.HashToUInt64(scope, _seed), 1);
        if (_entries.TryGetValue(hash, out var entry) && resource.SequenceEqual(entry.Resource) && scope.SequenceEqual(entry.Scope))
        {
            return entry.Origin;
        }

        var origin = Read(resource, scope, out var isWhole);
        if (!isWhole)
        {
            return origin; // What is left out is counted each time.
        }

        if (_entries.Count >= OriginsMax || _kept + resource.Length + scope.Length > BytesMax)
        {
            _entries.Clear();
            _kept = 0;
        }

        if (resource.Length + scope.Length <= BytesMax)
        {
            _entries[hash] = new Entry(resource.ToArray(), scope.ToArray(), origin);
            _kept += resource.Length + scope.Length;
        }

        return origin;
    }

    private Origin Read(ReadOnlySpan<byte> resource, ReadOnlySpan<byte> scope, out bool isWhole)
    {
        _bytes.Clear();
        var dropped = 0u;
        var run = RunOf(resource, OtlpTags.ResourceAttributes);
        var resourceJson = attributes.Write(resource, OtlpTags.ResourceAttributes, run, _bytes, ref dropped);

        ReadOnlySpan<byte> name = default, version = default;
        var reader = new ProtobufReader(scope);
        while (reader.Next())
        {
            switch (reader.Tag)
            {
                case OtlpTags.ScopeName:
                    name = reader.Bytes();
                    break;
                case OtlpTags.ScopeVersion:
                    version = reader.Bytes();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        run = RunOf(scope, OtlpTags.ScopeAttributes);
        var scopeJson = attributes.Write(scope, OtlpTags.ScopeAttributes, run, _bytes, ref dropped);
        var nameText = attributes.Tally.Name(name, _bytes);
        var versionText = attributes.Tally.Name(version, _bytes);
        isWhole = dropped == 0;
        return new Origin(_bytes[resourceJson], Encoding.UTF8.GetString(_bytes[nameText]), Encoding.UTF8.GetString(_bytes[versionText]), _bytes[scopeJson]);
    }

    private static FieldRun RunOf(ReadOnlySpan<byte> message, uint tag)
    {
        var run = default(FieldRun);
        var reader = new ProtobufReader(message);
        for (var at = 0; reader.Next(); at = reader.Position)
        {
            if (reader.Tag == tag)
            {
                run.Add(at);
            }

            reader.Skip();
        }

        return run;
    }

    private sealed record Entry(byte[] Resource, byte[] Scope, Origin Origin);
}
