using System.Text;
using Toka.Core.Labels;

namespace Toka.Monitoring.Discovery;

/// <summary>Checks the labels of targets, wherever they come from.</summary>
internal static class TargetLabels
{
    /// <summary>What is wrong with a label, and what to do; null where nothing is.</summary>
    public static string? FaultOf(string name, string value)
    {
        if (name.Length == 0)
        {
            return "holds a label without a name; give it one";
        }

        if (!IsText(name) || !IsText(value))
        {
            return $"holds the label \"{name}\" whose text is not valid UTF-8";
        }

        if (Encoding.UTF8.GetByteCount(name) > LabelSet.TextBytesMax || Encoding.UTF8.GetByteCount(value) > LabelSet.TextBytesMax)
        {
            return $"holds the label \"{(name.Length > 64 ? name[..64] + "…" : name)}\" of more than {LabelSet.TextBytesMax} bytes";
        }

        return name == TargetGroup.AddressLabel && value.Length == 0 ? "holds an empty address; write HOST:PORT" : null;
    }

    /// <summary>Half a pair of UTF-16 cannot be written in UTF-8.</summary>
    private static bool IsText(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[++i])))
            {
                return false;
            }
        }

        return true;
    }
}
