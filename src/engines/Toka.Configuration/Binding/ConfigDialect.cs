namespace Toka.Configuration.Binding;

/// <summary>How the values of a configuration are written.</summary>
public enum ConfigDialect
{
    /// <summary>Toka's own: a number is not quoted, a switch is <c>true</c> or <c>false</c>, a key has a value.</summary>
    Toka,

    /// <summary>
    /// Prometheus's: quotes do not matter, switches are those of YAML 1.1, an empty value is the default, and kB, MB and so on
    /// are powers of 1024.
    /// </summary>
    Prometheus,
}

/// <summary>The switches of YAML 1.1, which files for Prometheus may hold.</summary>
internal static class Switches
{
    /// <summary><c>true</c> or <c>false</c> for any spelling of them; other texts as they are.</summary>
    public static string Canonical(string text) => text.ToLowerInvariant() switch
    {
        "true" or "yes" or "on" or "y" => "true",
        "false" or "no" or "off" or "n" => "false",
        _ => text,
    };
}
