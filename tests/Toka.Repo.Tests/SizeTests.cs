using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Toka.Repo.Tests;

/// <summary>
/// Sizes of files and methods. What is larger stands in a list under ratchet/ with the size that it may have; the lists may
/// only shrink: an entry that no longer applies must go.
/// </summary>
public sealed class SizeTests
{
    private const int FileLinesMax = 500;
    private const int MethodLinesMax = 70;

    [Fact]
    public void Files_have_at_most_500_lines() => Check("files.txt", FileLinesMax, FileSizes());

    [Fact]
    public void Methods_have_at_most_70_lines() => Check("methods.txt", MethodLinesMax, MethodSizes());

    [Fact]
    public void The_measure_of_a_method_is_its_lines_without_the_comment_before_it()
    {
        const string Source = "class C\n{\n    // before\n    /// <summary>x</summary>\n    void M()\n    {\n        int F()\n        {\n            return 1;\n        }\n    }\n\n    int P { get { return 1; } }\n}\n";
        Assert.Equal([("f.cs C.M", 7), ("f.cs F", 4), ("f.cs P.get", 1)], MethodsOf("f.cs", Source));
    }

    private static void Check(string list, int limit, IEnumerable<(string Name, int Lines)> sizes)
    {
        // Overloads share a name: the largest counts.
        var actual = sizes.GroupBy(static size => size.Name).ToDictionary(static group => group.Key, static group => group.Max(static size => size.Lines));
        var faults = new List<string>();
        var allowed = new Dictionary<string, int>();
        foreach (var entry in Repository.Ratchet(list))
        {
            var space = entry.IndexOf(' ', StringComparison.Ordinal);
            allowed[entry[(space + 1)..]] = int.Parse(entry.AsSpan(0, space), System.Globalization.CultureInfo.InvariantCulture);
        }

        foreach (var (name, lines) in actual.Where(size => size.Value > limit && size.Value > allowed.GetValueOrDefault(size.Key)))
        {
            faults.Add($"{name} has {lines} lines; at most {allowed.GetValueOrDefault(name, limit)} are allowed: split it");
        }

        foreach (var name in allowed.Keys.Where(name => actual.GetValueOrDefault(name) <= limit))
        {
            faults.Add($"tests/Toka.Repo.Tests/ratchet/{list}: '{name}' is within the limit or gone; remove the entry");
        }

        Faults.None(faults);
    }

    private static IEnumerable<(string Name, int Lines)> FileSizes() =>
        Repository.FilesOf("src/", ".cs").Concat(Repository.FilesOf("tests/", ".cs")).Concat(Repository.FilesOf("bench/", ".cs"))
            .Concat(Repository.FilesOf("dashboard/src/", ".ts", ".svelte", ".css"))
            .Select(static file => (file, Repository.Read(file).AsSpan().TrimEnd('\n').Count('\n') + 1));

    private static IEnumerable<(string Name, int Lines)> MethodSizes() =>
        Repository.FilesOf("src/", ".cs").SelectMany(static file => MethodsOf(file, Repository.Read(file)));

    private static IEnumerable<(string Name, int Lines)> MethodsOf(string file, string source)
    {
        var tree = CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Preview));
        foreach (var node in tree.GetRoot().DescendantNodes())
        {
            var name = node switch
            {
                MethodDeclarationSyntax method => $"{TypeOf(method)}.{method.Identifier.Text}",
                ConstructorDeclarationSyntax constructor => $"{TypeOf(constructor)}.ctor",
                OperatorDeclarationSyntax operation => $"{TypeOf(operation)}.{operation.OperatorToken.Text}",
                LocalFunctionStatementSyntax function => function.Identifier.Text,
                AccessorDeclarationSyntax { Parent.Parent: PropertyDeclarationSyntax property } accessor => $"{property.Identifier.Text}.{accessor.Keyword.Text}",
                _ => null,
            };
            if (name is not null)
            {
                var span = tree.GetLineSpan(node.Span);
                yield return ($"{file} {name}", span.EndLinePosition.Line - span.StartLinePosition.Line + 1);
            }
        }

        static string TypeOf(SyntaxNode node) => node.FirstAncestorOrSelf<BaseTypeDeclarationSyntax>()?.Identifier.Text ?? "";
    }
}
