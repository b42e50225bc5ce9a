using System.Collections;
using Toka.Configuration;
using Toka.Query.PromQL.Parsing;
using Toka.Query.Results;
using Toka.Server.Configuration;

namespace Toka.Server.Hosting;

/// <summary>The configuration's file, read at the start and at each reload together with the environment.</summary>
internal sealed class ConfigurationFile(string? path)
{
    /// <summary>Reads it anew; the expressions in it are checked by the parser that will read them.</summary>
    public ConfigResult<TokaOptions> Load() => TokaConfiguration.Load(path, ProcessEnvironment(), CheckExpression);

    /// <summary>What is wrong with a PromQL expression; null where nothing is.</summary>
    public static string? CheckExpression(string expression)
    {
        try
        {
            PromQlParser.Parse(expression);
            return null;
        }
        catch (QueryException e)
        {
            return e.Message;
        }
    }

    private static Dictionary<string, string> ProcessEnvironment()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return variables;
    }
}
