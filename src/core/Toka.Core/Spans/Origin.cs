using System.IO.Hashing;
using System.Text;
using Toka.Core.Attributes;

namespace Toka.Core.Spans;

/// <summary>Where spans and log records come from: a resource and an instrumentation scope. Immutable; equal by content.</summary>
public sealed class Origin : IEquatable<Origin>
{
    /// <summary>What a service is called that does not say its name, as OpenTelemetry's SDKs call it.</summary>
    public const string UnknownService = "unknown_service";

    private readonly byte[] _resource;
    private readonly byte[] _scope;

    /// <summary>Makes an origin.</summary>
    /// <param name="resource">The resource's attributes, as <see cref="AttributeJson"/> writes them; copied.</param>
    /// <param name="scopeName">The scope's name; may be empty.</param>
    /// <param name="scopeVersion">The scope's version; may be empty.</param>
    /// <param name="scope">The scope's attributes, as <see cref="AttributeJson"/> writes them; copied.</param>
    public Origin(ReadOnlySpan<byte> resource, string scopeName, string scopeVersion, ReadOnlySpan<byte> scope)
    {
        _resource = resource.ToArray();
        _scope = scope.ToArray();
        ScopeName = scopeName;
        ScopeVersion = scopeVersion;
        Service = TextOf("service.name"u8) is { Length: > 0 } name ? name : UnknownService;
        ServiceNamespace = TextOf("service.namespace"u8);
        ServiceVersion = TextOf("service.version"u8);
        ServiceInstance = TextOf("service.instance.id"u8);
        Id = HashOf();
    }

    /// <summary>A 64-bit hash of the content, the same on every machine: XXH3.</summary>
    public ulong Id { get; }

    /// <summary><c>service.name</c>, or <see cref="UnknownService"/>.</summary>
    public string Service { get; }

    /// <summary><c>service.namespace</c>; empty where it is not said.</summary>
    public string ServiceNamespace { get; }

    /// <summary><c>service.version</c>; empty where it is not said.</summary>
    public string ServiceVersion { get; }

    /// <summary><c>service.instance.id</c>; empty where it is not said.</summary>
    public string ServiceInstance { get; }

    /// <summary>The resource's attributes, as <see cref="AttributeJson"/> writes them.</summary>
    public ReadOnlySpan<byte> Resource => _resource;

    /// <summary>The scope's name; may be empty.</summary>
    public string ScopeName { get; }

    /// <summary>The scope's version; may be empty.</summary>
    public string ScopeVersion { get; }

    /// <summary>The scope's attributes, as <see cref="AttributeJson"/> writes them.</summary>
    public ReadOnlySpan<byte> Scope => _scope;

    /// <inheritdoc/>
    public bool Equals(Origin? other) => other is not null && Id == other.Id && Resource.SequenceEqual(other.Resource)
        && Scope.SequenceEqual(other.Scope) && ScopeName == other.ScopeName && ScopeVersion == other.ScopeVersion;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Origin);

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode();

    private string TextOf(ReadOnlySpan<byte> key) => AttributeJson.TryFind(_resource, key, out var value) ? value.ToString() : "";

    private ulong HashOf()
    {
        var hash = new XxHash3();
        Append(hash, _resource);
        Append(hash, Encoding.UTF8.GetBytes(ScopeName));
        Append(hash, Encoding.UTF8.GetBytes(ScopeVersion));
        Append(hash, _scope);
        return hash.GetCurrentHashAsUInt64();
    }

    /// <summary>With a length before each part, so that no two origins say the same bytes.</summary>
    private static void Append(XxHash3 hash, byte[] part)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
        hash.Append(length);
        hash.Append(part);
    }
}
