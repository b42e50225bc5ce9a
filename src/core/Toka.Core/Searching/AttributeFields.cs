using System.Text;
using Toka.Core.Attributes;
using Toka.Core.Spans;

namespace Toka.Core.Searching;

/// <summary>Reads fields that spans and log records have in common.</summary>
internal static class AttributeFields
{
    private const int StackBytes = 256;

    /// <summary>Adds the value of a key.</summary>
    /// <returns>Whether the key stands.</returns>
    public static bool Collect(ReadOnlySpan<byte> json, string key, ICollection<AttributeValue> values)
    {
        if (json.IsEmpty)
        {
            return false;
        }

        var length = Encoding.UTF8.GetByteCount(key);
        var bytes = length <= StackBytes ? stackalloc byte[StackBytes] : new byte[length];
        Encoding.UTF8.GetBytes(key, bytes);
        if (!AttributeJson.TryFind(json, bytes[..length], out var value))
        {
            return false;
        }

        values.Add(value);
        return true;
    }

    /// <summary>Adds the value of a key of a span or record, or else of its resource, or else of its scope.</summary>
    /// <returns>Whether the key stands in one of them.</returns>
    public static bool CollectAny(ReadOnlySpan<byte> own, Origin origin, string key, ICollection<AttributeValue> values) =>
        Collect(own, key, values) || Collect(origin.Resource, key, values) || Collect(origin.Scope, key, values);

    /// <summary>Adds all values, for a search of any text.</summary>
    public static void CollectAll(ReadOnlySpan<byte> json, ICollection<AttributeValue> values)
    {
        var reader = new AttributeReader(json);
        while (reader.Next())
        {
            values.Add(reader.Value());
        }
    }

    /// <summary>Adds a field that the origin tells.</summary>
    public static void CollectOrigin(Origin origin, Field field, ICollection<AttributeValue> values)
    {
        switch (field.FieldKind)
        {
            case FieldKind.Service:
                values.Add(AttributeValue.Of(origin.Service));
                break;
            case FieldKind.ScopeName:
                values.Add(AttributeValue.Of(origin.ScopeName));
                break;
            case FieldKind.ScopeVersion:
                values.Add(AttributeValue.Of(origin.ScopeVersion));
                break;
            case FieldKind.ResourceAttribute:
                Collect(origin.Resource, field.Key, values);
                break;
            case FieldKind.ScopeAttribute:
                Collect(origin.Scope, field.Key, values);
                break;
            default:
                break;
        }
    }

    /// <summary>Adds the keys of attributes.</summary>
    public static void CollectKeys(ReadOnlySpan<byte> json, FieldKind scope, ICollection<FieldKey> keys)
    {
        var reader = new AttributeReader(json);
        while (reader.Next())
        {
            var key = reader.Key();
            keys.Add(new FieldKey(new Field(scope, key), reader.Value().Kind));
        }
    }
}
