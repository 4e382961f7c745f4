import { Duration, Fn, Stack } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnManagedLoginBranding,
  CfnUserPoolGroup,
  FeaturePlan,
  ManagedLoginVersion,
  Mfa,
  OAuthScope,
  StandardThreatProtectionMode,
  UserPool,
  type UserPoolClient,
  type UserPoolDomain,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { STAFF_GROUP } from '../../functions/http/caller.ts';
import { SIGN_IN_ADDRESSES } from './sign-in-addresses.ts';
import { KEPT, protectedIf } from './storage.ts';

export interface StaffPoolProps {
  /** Where a browser may return to after signing in and out, beside `refunds sign-in`. */
  readonly pages: readonly string[];
  readonly deletionProtection: boolean;
}

/**
 * A user pool for a shop that has no issuer of its own: who may cancel any payment is in the group. Staff signs in at
 * Cognito's own page (managed login) and the page gets a token by the code flow with PKCE: the client has no secret that a
 * browser could keep. Customers have no place here; their tokens come from the shop's issuer.
 */
export class StaffPool extends Construct {
  readonly pool: UserPool;
  readonly client: UserPoolClient;
  readonly issuer: string;
  /** Where Cognito's own pages and its token endpoint are. */
  readonly signInOrigin: string;

  constructor(scope: Construct, id: string, { pages, deletionProtection }: StaffPoolProps) {
    super(scope, id);
    this.pool = this.#pool(deletionProtection);
    const { userPoolId } = this.pool;
    new CfnUserPoolGroup(this, 'RefundStaff', {
      userPoolId,
      groupName: STAFF_GROUP,
      description: 'May cancel any payment',
    });
    this.client = this.#client(pages);
    const domain = this.#domain();
    // Managed login shows nothing for a client without a style, not even Cognito's own.
    const style = new CfnManagedLoginBranding(this, 'Style', {
      userPoolId,
      clientId: this.client.userPoolClientId,
      useCognitoProvidedValues: true,
    });
    style.node.addDependency(domain);
    this.issuer = `https://cognito-idp.${Stack.of(this).region}.amazonaws.com/${userPoolId}`;
    this.signInOrigin = domain.baseUrl();
  }

  #pool(deletionProtection: boolean): UserPool {
    return new UserPool(this, 'Pool', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: {
        minLength: 14,
        requireDigits: true,
        requireLowercase: true,
        requireUppercase: true,
        requireSymbols: true,
      },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      // Threat protection needs Plus; the people here can move money.
      featurePlan: FeaturePlan.PLUS,
      standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION,
      ...protectedIf(deletionProtection),
      removalPolicy: KEPT,
    });
  }

  /**
   * No scope of ours is given to this client: a scope belongs to everybody who signs in through it, a group to chosen
   * people. Cognito puts the groups into the access token, and the client's id where others have the audience.
   */
  #client(pages: readonly string[]): UserPoolClient {
    return this.pool.addClient('Client', {
      generateSecret: false,
      oAuth: {
        flows: { authorizationCodeGrant: true, implicitCodeGrant: false },
        scopes: [OAuthScope.OPENID],
        callbackUrls: [...pages, ...SIGN_IN_ADDRESSES],
        ...(pages.length === 0 ? {} : { logoutUrls: [...pages] }),
      },
      authFlows: { userSrp: true },
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      // Staff sign in once a working day; a stolen token is valid for half an hour.
      accessTokenValidity: Duration.minutes(30),
      idTokenValidity: Duration.minutes(30),
      refreshTokenValidity: Duration.hours(10),
    });
  }

  /** The prefix is one of the whole region's, so it ends in the part of the stack's id that no other stack has. */
  #domain(): UserPoolDomain {
    const stack = Fn.select(2, Fn.split('/', Stack.of(this).stackId));
    const domainPrefix = Fn.join('-', ['refunds', this.node.addr.slice(-6), stack]);
    return this.pool.addDomain('SignIn', {
      cognitoDomain: { domainPrefix },
      managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN,
    });
  }
}
