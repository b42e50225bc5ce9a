using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Toka.Core.Errors;
using Toka.Core.Labels.Patterns;

namespace Toka.Core.Labels.Relabelling;

/// <summary>One rule, ready to be applied. Thread-safe. Source: Prometheus, <c>relabel_config</c>.</summary>
internal sealed class RelabelRule
{
    private readonly RelabelConfig _config;
    private readonly ValuePattern _pattern;
    private readonly GroupedPattern? _groups;
    private readonly bool _copies;

    /// <summary>Prepares a rule without faults.</summary>
    public RelabelRule(RelabelConfig config)
    {
        _config = config;
        _pattern = ValuePattern.Parse(config.Regex);

        // Most rules copy the whole source into a fixed label: no group needs to be found for that.
        _copies = config is { Regex: RelabelConfig.DefaultRegex, Replacement: RelabelConfig.DefaultReplacement } && !config.TargetLabel.Contains('$', StringComparison.Ordinal);
        _groups = config.Action is RelabelAction.Replace or RelabelAction.LabelMap ? GroupedPattern.Parse(config.Regex) : null;
    }

    /// <summary>Applies the rule; false where its labels are to be dropped.</summary>
    public bool Apply(LabelSetBuilder labels)
    {
        switch (_config.Action)
        {
            case RelabelAction.Keep:
                return IsMatch(SourceOf(labels));
            case RelabelAction.Drop:
                return !IsMatch(SourceOf(labels));
            case RelabelAction.KeepEqual:
                return ValueOf(labels, _config.TargetLabel) == SourceOf(labels);
            case RelabelAction.DropEqual:
                return ValueOf(labels, _config.TargetLabel) != SourceOf(labels);
            case RelabelAction.Replace:
                Replace(labels, SourceOf(labels));
                break;
            case RelabelAction.HashMod:
                Set(labels, _config.TargetLabel, (HashOf(SourceOf(labels)) % _config.Modulus).ToString(CultureInfo.InvariantCulture));
                break;
            case RelabelAction.Lowercase:
                Set(labels, _config.TargetLabel, Lower(SourceOf(labels)));
                break;
            case RelabelAction.Uppercase:
                Set(labels, _config.TargetLabel, SourceOf(labels).ToUpperInvariant());
                break;
            default:
                ChangeNames(labels);
                break;
        }

        return true;
    }

    private void Replace(LabelSetBuilder labels, string source)
    {
        if (_copies)
        {
            Set(labels, _config.TargetLabel, source);
            return;
        }

        if (_groups!.Replace(source, _config.TargetLabel) is { } target && RelabelConfig.IsName(target))
        {
            Set(labels, target, _groups.Replace(source, _config.Replacement)!);
        }
    }

    /// <summary>The names are those from before the rule, whatever it adds.</summary>
    private void ChangeNames(LabelSetBuilder labels)
    {
        foreach (var (name, value) in labels.Build().ToPairs())
        {
            if (_config.Action == RelabelAction.LabelMap)
            {
                if (_groups!.Replace(name, _config.Replacement) is { } mapped && RelabelConfig.IsName(mapped))
                {
                    Set(labels, mapped, value);
                }
            }
            else if (IsMatch(name) == (_config.Action == RelabelAction.LabelDrop))
            {
                labels.Remove(name);
            }
        }
    }

    private static void Set(LabelSetBuilder labels, string name, string value)
    {
        if (Encoding.UTF8.GetByteCount(value) > LabelSet.TextBytesMax)
        {
            throw new BadInputException($"relabelling would give the label {name} a value of more than {LabelSet.TextBytesMax} bytes; join fewer labels");
        }

        labels.Set(name, value);
    }

    private bool IsMatch(string text) => _pattern.IsMatch(Encoding.UTF8.GetBytes(text));

    private string SourceOf(LabelSetBuilder labels) => _config.SourceLabels switch
    {
        [] => "",
        [var one] => ValueOf(labels, one),
        var several => string.Join(_config.Separator, several.Select(label => ValueOf(labels, label))),
    };

    private static string ValueOf(LabelSetBuilder labels, string name) =>
        labels.TryGet(Encoding.UTF8.GetBytes(name), out var value) ? Encoding.UTF8.GetString(value) : "";

    [SuppressMessage("Globalization", "CA1308:Normalize strings to uppercase", Justification = "lower case is what was asked for")]
    private static string Lower(string text) => text.ToLowerInvariant();

    /// <summary>The last eight bytes of the MD5 sum, the highest first, as Prometheus takes them: shards must agree between programs.</summary>
    [SuppressMessage("Security", "CA5351:Do Not Use Broken Cryptographic Algorithms", Justification = "shards, no secrets; the algorithm is part of the format")]
    private static ulong HashOf(string text)
    {
        Span<byte> sum = stackalloc byte[MD5.HashSizeInBytes];
        MD5.HashData(Encoding.UTF8.GetBytes(text), sum);
        return BinaryPrimitives.ReadUInt64BigEndian(sum[8..]);
    }
}
