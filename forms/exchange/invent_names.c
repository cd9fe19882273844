/* Names of the kinds that Brussels has.  Each community draws family and given names from its own lists. */
#include <stdio.h>
#include <string.h>

#include "exchange/invent.h"

/* Lists of names, comma between two. */
struct community {
    int weight; /* of 100 */
    const char *families, *women, *men;
};

static const struct community communities[] = {
    {27,
     "Dubois,Lambert,Dupont,Martin,Simon,Lefèvre,Noël,Gérard,François,Collignon,Delacroix,Dumoulin-Servais,Lemaître,"
     "Goffin,Evrard,Lecocq,Pirotte,Bodart,Henrotin,d'Ursel de Bousies,de Crayencour,L'Hoëst,Thiébaut,Hénin,Desprez,"
     "de le Court,Mathieu-Delvaux,Counasse,Paquay,Brichard",
     "Marie,Anne,Hélène,Françoise,Zoé,Chloé,Inès,Léa,Amélie,Thérèse,Marie-Claire,Anne-Sophie,Geneviève,Noémie,Joëlle,"
     "Solange,Clémence,Maïté,Eugénie,Marie-Ghislaine",
     "Jean,Pierre,Benoît,François,Loïc,Hervé,Étienne,Jérôme,Raphaël,Jean-Baptiste,Marc-Antoine,Gaëtan,Théo,Léopold,"
     "Désiré,Ferdinand,Noë,Rémi,Aurélien,Marie-Joseph"},
    {21,
     "Peeters,Janssens,Maes,Jacobs,Mertens,Willems,Claes,Goossens,Wouters,De Smet,Van den Bossche,Vandenbroucke,"
     "Van der Elst,Vanden Eynde,De Clercq,D'Hondt,T'Kint,'t Serstevens,Van Nieuwenhuyse,Hermans,Desmedt,Verhaegen,"
     "Timmermans,Vercruysse,Schoonjans,Wauters,van den Abeele,Van 't Hoff,De Pauw-Vanhaverbeke,Baeyens",
     "Katrien,Lieve,Greet,Ingrid,Hilde,Annelies,An,Goedele,Sofie,Lut,Tinneke,Marieke,Reinhilde,Fien,Noor,Liesbeth,"
     "Godelieve,Zoë,Leen,Kaat",
     "Wim,Joris,Dirk,Koen,Bart,Geert,Luc,Jef,Stijn,Pieter-Jan,Jeroen,Seppe,Guido,Raf,Daniël,Thijs,Karel,Wouter,Noël,"
     "Jan"},
    {15,
     "El Amrani,Benali,Ben Saïd,Aït Brahim,El Mouden,Bouazza,El Khattabi,Ouali,Aït Ouarab,Benchekroun,El Haddouchi,"
     "Zerouali,Amezian,Bel Hadj,Oulad Chrif,Tahiri,Lahbib,El Yousfi,Azzouzi,Ben M'barek",
     "Fatima,Khadija,Aïcha,Nour,Samira,Naïma,Fatima-Zohra,Saïda,Yasmina,Loubna,Hajar,Ikram,Soumaya,Rachida,Imane",
     "Mohamed,Youssef,Saïd,Hamza,Abdelkader,Noureddine,Ilyès,Mustapha,Brahim,Rachid,Abd el-Krim,Omar,Bilal,Karim,"
     "Taïeb"},
    {7,
     "Öztürk,Yılmaz,Özdemir,Çelik,Şahin,Güneş,Kılıç,Doğan,Aydın,Karadağ,Ağaoğlu,İnce,Büyükşehirlioğlu,Çağlar,Erdoğdu",
     "Elif,Zeynep,Ayşe,Gülşen,Şükran,Özlem,Emine,Çiğdem,Nurgül,İpek",
     "Mehmet,Emre,Ömer,İbrahim,Çağrı,Uğur,Hüseyin,Şaban,Barış,Oğuz"},
    {6,
     "Ilunga,Mukendi,Mbuyi Kabongo,Nkunda,Tshibangu,Lumbala,N'Sele,Kalonji wa Mulumba,Ngoyi,Matondo,Mbo'o,"
     "Nzuzi-Makiese,Kabasele,Bokungu,Mwamba",
     "Mireille,Clémentine,Béa,Espérance,Marie-Josée,Divine,Nadège,Bijou,Grâce,Francine",
     "Dieudonné,Fiston,Papy,Trésor,Héritier,Jean-Bosco,Célestin,Placide,Blaise,Gédéon"},
    {5, "Rossi,De Luca,D'Angelo,Dell'Acqua,Esposito,Lo Presti,Bevilacqua,Nicolò,Di Bartolomeo,Cascù",
     "Giulia,Concetta,Rosaria,Maria Assunta,Nicoletta,Carmela,Ilaria,Pina,Lucia,Mariù",
     "Giuseppe,Salvatore,Niccolò,Calogero,Rocco,Gian Luca,Matteo,Nunzio,Tommaso,Carlo"},
    {4, "Muñoz Ibáñez,Peña,Núñez de la Torre,Ibarra y Zúñiga,García,Ordóñez,Ybáñez,Castaño,Güell,Fernández-Cañas",
     "María del Carmen,Begoña,Concepción,Íñiga,Lucía,Nuria,Pilar,Mª José,Ángeles,Belén",
     "José María,Íñigo,Ramón,Andrés,Ángel,Joaquín,Iñaki,Jesús,Agustín,Toño"},
    {4, "Ferreira da Costa,Gonçalves,Conceição,Magalhães,Brandão,dos Santos,Simões,Araújo,Guimarães e Sá,Paixão",
     "Sofia,Conceição,Graça,Inês,Fátima,Assunção,Lurdes,Júlia,Catarina,Luísa",
     "João,António,Tomé,Estêvão,Luís,Gonçalo,Simão,Vítor,Nuno,José"},
    {4, "Kowalczyk,Wiśniewska-Renard,Wójcik,Błaszczyk,Dąbrowa,Świątek,Żółkoś,Źrebiec,Łęcki,Brzęczyszczak",
     "Agnieszka,Małgorzata,Bożena,Grażyna,Elżbieta,Kasia,Zofia,Świętosława,Iwona,Jolanta",
     "Piotr,Paweł,Zbigniew,Stanisław,Łukasz,Michał,Józef,Grzegorz,Rafał,Sławomir"},
    {3, "Popescu,Ionescu,Mureșan,Țepeneag,Bălănescu,Crețu,Vântu,Știrbu,Hâncu,Lăpușneanu",
     "Ioana,Mihaela,Ștefania,Ruxandra,Anișoara,Lăcrămioara,Crina,Țica,Nicoleta,Elena",
     "Ștefan,Ion,Gheorghe,Vlăduț,Dănuț,Mihai,Răzvan,Țigu,Costel,Călin"},
    {2, "Dimitrov,Georgiev,Hristov,Yanakiev,Stoyanova-Petkova,Zhelyazkov,Kuzmanov,Shishmanov",
     "Desislava,Rositsa,Yordanka,Tsvetelina,Snezhana,Milena", "Hristo,Boyan,Zhivko,Tsvetan,Yordan,Asen"},
    {4, "Al-Ḥalabī,Haddad,Al Khatib,Ash-Shami,Darwich,Abu Rashid,Qabbani-Sayegh,Maʼarri",
     "Rimā,Hala,Ghada,Sawsan,Lubna,Rouʼa", "Khālid,Bashar,Anas,Nizār,Muhannad,Ghassan"},
    {3, "Shevchuk,Kovalenko,Hryhorʼiev,Bondarchuk,Zaporozhets,Lukʼianenko,Tymoshchuk,Shcherbyna",
     "Oksana,Nataliia,Solomiia,Viacheslava,Mariʼiana,Yuliia", "Andrii,Mykola,Oleksandr,Volodymyr,Yurii,Demʼian"},
    {2, "Nguyễn,Trần,Phạm,Đặng,Võ,Lý", "Thị Mai,Ngọc Ánh,Thúy,Hồng Nhung,Bích,Kim Liên",
     "Văn Hùng,Minh Đức,Quốc Việt,Hữu Phước,Tuấn,Bảo"},
    {5,
     "Papadopoulos,Šimić,Čapek,Håkansson,Grünewald,Müller,Weiß,Ó Briain,Szűcs,Kőszegi,Ðurić,Þorsteinsdóttir,Kļaviņš,"
     "Ōno,Nagy-Győrffy,Æbelø",
     "Ingrid,Zsófia,Jūratė,Kateřina,Siân,Sól,Ana-Marija,Bärbel,Tünde,Žaneta",
     "Günther,Ákos,Jiří,Søren,Łucjan,Œdipe,Dragiša,Björn,Ödön,Ķārlis"},
};

static int entries(const char *list)
{
    int n = 1;
    for (; *list; list++)
        n += *list == ',';
    return n;
}

static void entry(const char *list, int i, char out[INVENT_NAME])
{
    for (; i > 0; i--)
        list += strcspn(list, ",") + 1;
    snprintf(out, INVENT_NAME, "%.*s", (int)strcspn(list, ","), list);
}

void invent_given(struct dice *d, int community, bool female, char out[INVENT_NAME])
{
    const char *list = female ? communities[community].women : communities[community].men;
    entry(list, dice_below(d, entries(list)), out);
}

void invent_family(struct dice *d, int community, char out[INVENT_NAME])
{
    const char *list = communities[community].families;
    entry(list, dice_below(d, entries(list)), out);
}

/* People of Flemish wards are Flemish a little more often, as in life. */
int invent_community(struct dice *d, bool dutch)
{
    int total = 0, at = 0;
    for (size_t i = 0; i < sizeof communities / sizeof *communities; i++)
        total += communities[i].weight;
    int roll = dice_below(d, total);
    if (dutch && dice_chance(d, 35))
        return 1;
    while (roll >= communities[at].weight)
        roll -= communities[at++].weight;
    return at;
}
