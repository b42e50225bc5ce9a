using System.Text;
using Toka.Configuration.Faults;
using Toka.Configuration.Tree;

namespace Toka.Server.Configuration.Prometheus;

/// <summary>Reads files of YAML, with what is wrong among the faults.</summary>
internal static class ConfigFileText
{
    /// <summary>A byte that is no text is a fault, and not a question mark in a label.</summary>
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The tree of a file; null where it is empty or cannot be read, which is a fault.</summary>
    /// <param name="path">The file.</param>
    /// <param name="named">Where the file is named, for the fault that it cannot be read.</param>
    /// <param name="key">The key that names it.</param>
    /// <param name="faults">Takes what is wrong.</param>
    public static ConfigNode? ReadRoot(string path, ConfigLocation named, string key, ConfigFaults faults)
    {
        try
        {
            // A character has at least one byte, so that a larger file cannot be a text that is taken.
            var bytesMax = 4L * YamlRules.Prometheus.TextCharsMax;
            if (new FileInfo(path) is { Exists: true, Length: var length } && length > bytesMax)
            {
                faults.Add(named, key, $"{path} has {length} bytes; a configuration has at most {YamlRules.Prometheus.TextCharsMax} characters");
                return null;
            }

            return YamlReader.Read(File.ReadAllText(path, s_strict), path, faults, YamlRules.Prometheus);
        }
        catch (DecoderFallbackException)
        {
            faults.Add(new ConfigLocation(path, 1, 1), "", "the file is not UTF-8; save it as such");
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(named, key, $"the file {path} cannot be read: {e.Message}");
            return null;
        }
    }
}
