using Toka.Core.Labels;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp.Labels;

/// <summary>What the attributes of a resource become: job and instance, promoted labels, and the series target_info. Reused; not thread-safe.</summary>
internal sealed class ResourceLabels(AttributeLabels attributes, RefusalTally dropped)
{
    private static readonly string[] Identifying = ["service.name", "service.namespace", "service.instance.id"];
    private static readonly KeyFilter Others = new(Identifying, takesOthers: true);

    private readonly LabelSetBuilder _builder = new();
    private OtlpTranslationOptions? _options;
    private KeyFilter? _promoted;

    /// <summary>The labels job and instance; they win over attributes of points.</summary>
    public LabelSet Identity { get; private set; } = LabelSet.Empty;

    /// <summary>Attributes that all points get as labels, where they have no attribute of that name.</summary>
    public LabelSet Promoted { get; private set; } = LabelSet.Empty;

    /// <summary>The series target_info; null where the resource says nothing besides job and instance, or has neither.</summary>
    public LabelSet? TargetInfo { get; private set; }

    /// <summary>Reads a resource.</summary>
    /// <param name="resource">The message; empty where there is none.</param>
    public void Read(ReadOnlySpan<byte> resource)
    {
        var options = attributes.Options;
        if (!ReferenceEquals(options, _options))
        {
            _options = options;
            _promoted = options.PromoteAllResourceAttributes ? new KeyFilter(options.IgnoreResourceAttributes, takesOthers: true)
                : options.PromoteResourceAttributes.Count > 0 ? new KeyFilter(options.PromoteResourceAttributes, takesOthers: false)
                : null;
        }

        Identity = ReadIdentity(resource);
        Promoted = LabelSet.Empty;
        if (_promoted is not null)
        {
            // What is wrong with an attribute is counted once, where target_info is made.
            _builder.Clear();
            attributes.AddJoined(resource, OtlpTags.ResourceAttributes, default, _builder, static _ => { }, _promoted);
            Promoted = _builder.Build();
        }

        _builder.Clear();
        attributes.AddJoined(resource, OtlpTags.ResourceAttributes, default, _builder, Drop, Others);
        TargetInfo = _builder.Count > 0 && !Identity.IsEmpty ? BuildTargetInfo(resource, options) : null;
    }

    private LabelSet BuildTargetInfo(ReadOnlySpan<byte> resource, OtlpTranslationOptions options)
    {
        if (options.KeepIdentifyingResourceAttributes)
        {
            _builder.Clear();
            attributes.AddJoined(resource, OtlpTags.ResourceAttributes, default, _builder, static _ => { });
        }

        _builder.Remove("job"u8);
        _builder.Remove("instance"u8);
        foreach (var label in Identity)
        {
            _builder.Set(label.Name, label.Value);
        }

        _builder.Set("__name__"u8, "target_info"u8);
        return _builder.Build();
    }

    private LabelSet ReadIdentity(ReadOnlySpan<byte> resource)
    {
        byte[] name = [], space = [], instance = [];
        var reader = new ProtobufReader(resource);
        while (reader.Next())
        {
            if (reader.Tag != OtlpTags.ResourceAttributes)
            {
                reader.Skip();
                continue;
            }

            OtlpTags.ReadKeyValue(reader.Bytes(), out var key, out var value);
            if (key.SequenceEqual("service.name"u8))
            {
                name = TextOf(value);
            }
            else if (key.SequenceEqual("service.namespace"u8))
            {
                space = TextOf(value);
            }
            else if (key.SequenceEqual("service.instance.id"u8))
            {
                instance = TextOf(value);
            }
        }

        _builder.Clear();
        _builder.Set("job"u8, name.Length > 0 && space.Length > 0 ? [.. space, (byte)'/', .. name] : name);
        _builder.Set("instance"u8, instance);
        return _builder.Build();
    }

    private byte[] TextOf(ReadOnlySpan<byte> value)
    {
        var refusal = attributes.Text(value, out var text);
        if (refusal != OtlpRefusal.None)
        {
            Drop(refusal);
            return [];
        }

        return text.ToArray();
    }

    private void Drop(OtlpRefusal refusal) => dropped.Add(refusal, "target_info"u8, 1);
}
